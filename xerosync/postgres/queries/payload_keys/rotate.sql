-- name: rotate(key_id, secret)!
-- Write a key anew, encrypted with another token key.
UPDATE payload_keys SET secret = :secret WHERE key_id = :key_id;
