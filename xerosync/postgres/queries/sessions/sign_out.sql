-- name: sign_out(token_digest)!
-- Sign a person out.
DELETE FROM sessions WHERE token_digest = :token_digest;
