-- name: add(account_id, subjects, at)!
-- Note that these are about to be created.
INSERT INTO customer_intents (account_id, subject, at)
SELECT :account_id, subject, :at FROM unnest(:subjects::text[]) AS subject
ON CONFLICT (account_id, subject) DO UPDATE SET at = excluded.at;
