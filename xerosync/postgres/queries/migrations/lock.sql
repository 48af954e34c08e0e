-- name: lock()$
-- Keep other processes from migrating until this transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('xerosync migrations', 0));
