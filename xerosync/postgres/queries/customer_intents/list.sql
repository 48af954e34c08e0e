-- name: list(account_id, subjects)
-- Read which of these were about to be created, and since when.
SELECT subject, at FROM customer_intents WHERE account_id = :account_id AND subject = ANY(:subjects);
