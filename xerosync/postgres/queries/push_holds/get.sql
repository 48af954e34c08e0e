-- name: get(account_id, customer_id)^
-- Read why the push of a customer waits, if it does.
SELECT words, at FROM customer_push_holds WHERE account_id = :account_id AND customer_id = :customer_id;
