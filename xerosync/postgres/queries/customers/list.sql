-- name: list(account_id)
-- List the links of customers: of one account, or, where it is null, of all.
SELECT account_id, customer_id, contact_id, customer_name, linked_at FROM customer_links
WHERE :account_id::text IS NULL OR account_id = :account_id
ORDER BY account_id, customer_id;
