-- name: clear(account_id, run_id, kind)!
-- Drop what a run found of one kind.
DELETE FROM reconcile_findings WHERE account_id = :account_id AND run_id = :run_id AND kind = :kind;
