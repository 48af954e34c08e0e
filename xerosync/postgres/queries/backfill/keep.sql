-- name: keep(account_id, preview_id, rows)!
-- Write rows, given as a JSON array, in place of those of the same documents.
INSERT INTO backfill_rows (account_id, preview_id, kind, document_id, became, row)
SELECT :account_id, :preview_id, kind, document_id, became, row
FROM jsonb_to_recordset(:rows::jsonb) AS given (kind text, document_id text, became text, row jsonb)
ON CONFLICT (account_id, kind, document_id) DO UPDATE SET
    preview_id = excluded.preview_id, became = excluded.became, row = excluded.row;
