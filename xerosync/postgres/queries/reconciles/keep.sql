-- name: keep(account_id, run_id, rows)!
-- Write findings, given as a JSON array, in place of those about the same.
INSERT INTO reconcile_findings (account_id, run_id, kind, subject, finding, is_uncertain)
SELECT :account_id, :run_id, kind, subject, finding, is_uncertain
FROM jsonb_to_recordset(:rows::jsonb) AS given (kind text, subject text, finding jsonb, is_uncertain boolean)
ON CONFLICT (account_id, run_id, kind, subject) DO UPDATE SET
    finding = excluded.finding, is_uncertain = excluded.is_uncertain;
