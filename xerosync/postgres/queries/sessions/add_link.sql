-- name: add_link(token_digest, person, role, accounts, expires_at)!
-- Keep a link that signs a person in once; those that ran out are forgotten.
WITH over AS (DELETE FROM sign_in_links WHERE expires_at < now())
INSERT INTO sign_in_links (token_digest, person, role, accounts, expires_at)
VALUES (:token_digest, :person, :role, :accounts::text[], :expires_at);
