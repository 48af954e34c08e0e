-- name: forget(account_id, customer_id)!
-- Forget why the push of a customer waited.
DELETE FROM customer_push_holds WHERE account_id = :account_id AND customer_id = :customer_id;
