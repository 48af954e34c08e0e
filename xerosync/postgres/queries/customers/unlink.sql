-- name: unlink(account_id, customer_id)!
-- Forget which contact a customer was linked to.
DELETE FROM customer_links WHERE account_id = :account_id AND customer_id = :customer_id;
