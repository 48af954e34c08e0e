-- name: begin(account_id, run_id)!
-- Begin a run, or go on with it; those that never ended are dropped.
WITH dropped AS (
    DELETE FROM reconciles WHERE account_id = :account_id AND run_id <> :run_id AND ended_at IS NULL
)
INSERT INTO reconciles (account_id, run_id) VALUES (:account_id, :run_id)
ON CONFLICT DO NOTHING;
