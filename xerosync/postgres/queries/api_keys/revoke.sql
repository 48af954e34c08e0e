-- name: revoke(key_id, account_id)^
-- Revoke a key, of any account where that is null, and return it; one that was revoked before keeps its instant.
UPDATE api_keys SET revoked_at = COALESCE(revoked_at, now())
WHERE key_id = :key_id AND (:account_id::text IS NULL OR account_id = :account_id)
RETURNING key_id, account_id, name, prefix, scopes, made_by, made_at, last_used_at, revoked_at;
