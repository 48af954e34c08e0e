-- name: list(account_id)
-- List the customers of an account whose push waits for a person, and why.
SELECT customer_id, words, at FROM customer_push_holds WHERE account_id = :account_id ORDER BY customer_id;
