-- name: get(account_id, customer_id)^
-- Read the link of a customer.
SELECT account_id, customer_id, contact_id, customer_name, linked_at FROM customer_links
WHERE account_id = :account_id AND customer_id = :customer_id;
