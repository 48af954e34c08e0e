-- name: get(token_digest)^
-- Return a session that has not ended.
SELECT person, role, accounts FROM sessions WHERE token_digest = :token_digest AND expires_at > now();
