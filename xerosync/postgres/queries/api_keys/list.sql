-- name: list(account_id)
-- List the keys of an account, or, where it is null, of all: those that were revoked, too.
SELECT key_id, account_id, name, prefix, scopes, made_by, made_at, last_used_at, revoked_at FROM api_keys
WHERE :account_id::text IS NULL OR account_id = :account_id
ORDER BY account_id, made_at, key_id;
