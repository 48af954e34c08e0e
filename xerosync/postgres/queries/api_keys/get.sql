-- name: get(key_id)^
-- Return a key by its id unless it was revoked.
SELECT key_id, account_id, name, prefix, scopes, made_by, made_at, last_used_at, revoked_at FROM api_keys
WHERE key_id = :key_id AND revoked_at IS NULL;
