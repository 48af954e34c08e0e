-- name: keep(account_id, customer_id, words, at)!
-- Note why the push of a customer waits, in place of what was noted before.
INSERT INTO customer_push_holds (account_id, customer_id, words, at)
VALUES (:account_id, :customer_id, :words, :at)
ON CONFLICT (account_id, customer_id) DO UPDATE SET words = excluded.words, at = excluded.at;
