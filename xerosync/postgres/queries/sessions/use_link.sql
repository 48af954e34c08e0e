-- name: use_link(token_digest)^
-- Use a link up and return whom it signs in.
DELETE FROM sign_in_links WHERE token_digest = :token_digest AND expires_at > now()
RETURNING person, role, accounts;
