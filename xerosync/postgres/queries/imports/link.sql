-- name: link(account_id, rows)!
-- Link the customers of rows, given as a JSON array, to their contacts.
INSERT INTO customer_links (account_id, customer_id, contact_id, customer_name)
SELECT :account_id, customer_id, contact_id, name
FROM jsonb_to_recordset(:rows::jsonb) AS given (contact_id text, name text, customer_id text)
ON CONFLICT (account_id, customer_id) DO UPDATE SET
    contact_id = excluded.contact_id, customer_name = excluded.customer_name, linked_at = now();
