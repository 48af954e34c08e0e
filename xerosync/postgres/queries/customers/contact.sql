-- name: contact(account_id, customer_id)$
-- Read which contact a customer is linked to.
SELECT contact_id FROM customer_links WHERE account_id = :account_id AND customer_id = :customer_id;
