-- name: forget(keep, at_most)$
-- Forget some of what is older than that and was not left pending; return how many.
WITH forgotten AS (
    DELETE FROM deliveries WHERE (provider, digest, place) IN (
        SELECT provider, digest, place FROM deliveries
        WHERE received_at < now() - :keep::interval AND outcome <> 'pending'
        LIMIT :at_most
    )
    RETURNING 1
)
SELECT count(*) FROM forgotten;
