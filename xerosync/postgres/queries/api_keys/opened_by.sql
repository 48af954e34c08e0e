-- name: opened_by(secret_digest)^
-- Return the key of a secret unless it was revoked, and note once an hour that it is used.
WITH used AS (
    UPDATE api_keys SET last_used_at = now()
    WHERE secret_digest = :secret_digest AND revoked_at IS NULL
    AND (last_used_at IS NULL OR last_used_at < now() - interval '1 hour')
)
SELECT key_id, account_id, name, prefix, scopes, made_by, made_at, last_used_at, revoked_at FROM api_keys
WHERE secret_digest = :secret_digest AND revoked_at IS NULL;
