-- name: contacts(account_id, customer_ids)
-- Read the contacts that some customers are linked to.
SELECT customer_id, contact_id FROM customer_links
WHERE account_id = :account_id AND customer_id = ANY(:customer_ids::text[]);
