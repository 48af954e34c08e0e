-- name: end(account_id, run_id, ended_at, result)!
-- End a run with its counts and drop all others of the account.
WITH dropped AS (
    DELETE FROM reconciles WHERE account_id = :account_id AND run_id <> :run_id
)
UPDATE reconciles SET ended_at = :ended_at, result = :result::jsonb
WHERE account_id = :account_id AND run_id = :run_id;
