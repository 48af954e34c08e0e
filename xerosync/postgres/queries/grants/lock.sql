-- name: lock(grant_id)$
-- Hold a grant's lock until this connection lets go or breaks; statements meanwhile commit one by one.
SELECT pg_advisory_lock(hashtextextended('xerosync grant ' || :grant_id::text, 0));
