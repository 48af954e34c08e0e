-- name: link(account_id, customer_id, contact_id, customer_name)!
-- Link a customer to a contact, in place of the one it had; a name that is null stays as it is.
INSERT INTO customer_links (account_id, customer_id, contact_id, customer_name)
VALUES (:account_id, :customer_id, :contact_id, :customer_name)
ON CONFLICT (account_id, customer_id) DO UPDATE SET
    contact_id = excluded.contact_id,
    customer_name = COALESCE(excluded.customer_name, customer_links.customer_name),
    linked_at = now();
