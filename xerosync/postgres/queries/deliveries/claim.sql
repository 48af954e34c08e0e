-- name: claim(seconds, limit)
-- Take the oldest pending hints for some seconds; whoever takes them and dies gives them back so.
UPDATE deliveries SET claimed_until = now() + make_interval(secs => :seconds::integer)
WHERE (provider, digest, place) IN (
    SELECT provider, digest, place FROM deliveries
    WHERE outcome = 'pending' AND (claimed_until IS NULL OR claimed_until < now())
    ORDER BY received_at
    LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
RETURNING *;
