-- name: get(key_id)^
-- Read a key.
SELECT key_id, account_id, secret FROM payload_keys WHERE key_id = :key_id;
