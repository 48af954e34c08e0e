-- name: add(account_id, subjects, at)
-- Note that these are about to be created, but for those of which it stands there already; return the ones noted.
INSERT INTO customer_intents (account_id, subject, at)
SELECT :account_id, subject, :at FROM unnest(:subjects::text[]) AS subject
ON CONFLICT DO NOTHING
RETURNING subject;
