-- name: all()
-- Read all keys and keep others from changing them until the transaction ends.
SELECT key_id, account_id, secret FROM payload_keys ORDER BY key_id FOR UPDATE;
