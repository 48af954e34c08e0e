-- name: drop(account_id, run_id, kind, subject)!
-- Drop one finding.
DELETE FROM reconcile_findings
WHERE account_id = :account_id AND run_id = :run_id AND kind = :kind AND subject = :subject;
