-- name: keep(account_id, import_id, rows)!
-- Write rows of a report, given as a JSON array, in place of those their contacts had.
INSERT INTO import_rows (account_id, import_id, contact_id, name, email, outcome, reasons, customer_id)
SELECT :account_id, :import_id, contact_id, name, email, outcome, reasons, customer_id
FROM jsonb_to_recordset(:rows::jsonb)
    AS given (contact_id text, name text, email text, outcome text, reasons text[], customer_id text)
ON CONFLICT (account_id, contact_id) DO UPDATE SET
    import_id = excluded.import_id,
    name = excluded.name,
    email = excluded.email,
    outcome = excluded.outcome,
    reasons = excluded.reasons,
    customer_id = excluded.customer_id,
    kept_at = now();
