-- name: keep(account_id, import_id, customers)!
-- Write customers into the directory, given as a JSON array; addresses of e-mail that were read stay.
INSERT INTO known_customers (
    account_id, import_id, customer_id, name, name_key, tax_number, tax_key, emails, email_keys, contact_id
)
SELECT :account_id, :import_id, customer_id, name, name_key, tax_number, tax_key, emails, email_keys, contact_id
FROM jsonb_to_recordset(:customers::jsonb) AS given (
    customer_id text, name text, name_key text, tax_number text, tax_key text, emails text[], email_keys text[],
    contact_id text
)
ON CONFLICT (account_id, customer_id) DO UPDATE SET
    import_id = excluded.import_id,
    name = excluded.name,
    name_key = excluded.name_key,
    tax_number = excluded.tax_number,
    tax_key = excluded.tax_key,
    emails = COALESCE(excluded.emails, known_customers.emails),
    email_keys = COALESCE(excluded.email_keys, known_customers.email_keys),
    contact_id = excluded.contact_id,
    kept_at = now();
