-- name: findings(account_id, run_id, uncertain)
-- List the findings of a run: all, or only the uncertain ones.
SELECT finding FROM reconcile_findings
WHERE account_id = :account_id AND run_id = :run_id AND (is_uncertain OR NOT :uncertain)
ORDER BY kind, subject;
