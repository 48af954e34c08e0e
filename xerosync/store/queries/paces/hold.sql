-- name: hold(name, hold, behind, now)!
-- Keep all back for so long, and slow down by so much, unless they are already.
WITH moment AS MATERIALIZED (
    SELECT COALESCE(:now::timestamptz, clock_timestamp()) AS now
)
UPDATE paces SET
    held_until = GREATEST(held_until, now + :hold::interval),
    due_at = GREATEST(due_at, now + :behind::interval)
FROM moment WHERE name = :name;
