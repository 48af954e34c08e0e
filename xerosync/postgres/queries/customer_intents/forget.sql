-- name: forget(account_id, subjects)!
-- Forget that these were about to be created.
DELETE FROM customer_intents WHERE account_id = :account_id AND subject = ANY(:subjects);
