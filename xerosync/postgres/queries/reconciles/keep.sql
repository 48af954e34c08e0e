-- name: keep(account_id, run_id, rows)!
-- Write findings, given as a JSON array, in place of those about the same.
INSERT INTO reconcile_findings (account_id, run_id, kind, subject, finding, is_doubtful)
SELECT :account_id, :run_id, kind, subject, finding, is_doubtful
FROM jsonb_to_recordset(:rows::jsonb) AS given (kind text, subject text, finding jsonb, is_doubtful boolean)
ON CONFLICT (account_id, run_id, kind, subject) DO UPDATE SET
    finding = excluded.finding, is_doubtful = excluded.is_doubtful;
