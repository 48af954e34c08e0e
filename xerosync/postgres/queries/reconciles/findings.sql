-- name: findings(account_id, run_id, doubtful)
-- List what a run found: all of it, or only what is to be looked at again.
SELECT finding FROM reconcile_findings
WHERE account_id = :account_id AND run_id = :run_id AND (is_doubtful OR NOT :doubtful)
ORDER BY kind, subject;
