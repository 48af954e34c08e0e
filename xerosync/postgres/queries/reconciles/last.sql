-- name: last(account_id)^
-- Find the run that ended last.
SELECT run_id, result FROM reconciles
WHERE account_id = :account_id AND ended_at IS NOT NULL
ORDER BY ended_at DESC
LIMIT 1;
