-- name: hold(name, hold, now)!
-- Keep all back for so long, unless they are already.
UPDATE rates SET held_until = GREATEST(held_until, COALESCE(:now::timestamptz, clock_timestamp()) + :hold::interval)
WHERE name = :name;
