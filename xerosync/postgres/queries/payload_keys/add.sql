-- name: add(key_id, account_id, secret)!
-- Keep a new key.
INSERT INTO payload_keys (key_id, account_id, secret, made_at) VALUES (:key_id, :account_id, :secret, clock_timestamp());
