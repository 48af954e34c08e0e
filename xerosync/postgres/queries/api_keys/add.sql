-- name: add(key_id, account_id, name, prefix, scopes, secret_digest, made_by)^
-- Keep a new key and return it.
INSERT INTO api_keys (key_id, account_id, name, prefix, scopes, secret_digest, made_by)
VALUES (:key_id, :account_id, :name, :prefix, :scopes::text[], :secret_digest, :made_by)
RETURNING key_id, account_id, name, prefix, scopes, made_by, made_at, last_used_at, revoked_at;
