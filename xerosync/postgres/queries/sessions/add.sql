-- name: add(token_digest, person, role, accounts, expires_at)!
-- Sign a person in; sessions that ended are forgotten.
WITH over AS (DELETE FROM sessions WHERE expires_at < now())
INSERT INTO sessions (token_digest, person, role, accounts, expires_at)
VALUES (:token_digest, :person, :role, :accounts::text[], :expires_at);
