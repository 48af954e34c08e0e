-- name: take(name, interval, lead, now)^
-- Take one call, or none; tell how long to wait, null where it was taken.
WITH own AS MATERIALIZED (
    SELECT * FROM paces WHERE name = :name FOR UPDATE
), moment AS MATERIALIZED (
    SELECT COALESCE(:now::timestamptz, clock_timestamp()) AS now FROM own
), verdict AS MATERIALIZED (
    SELECT
        GREATEST(due_at, now) + :interval::interval AS due_at,
        NULLIF(GREATEST(
            interval '0',
            CASE WHEN held_until > now THEN held_until - now END,
            GREATEST(due_at, now) + :interval - now - :lead::interval
        ), interval '0') AS wait
    FROM own, moment
), taken AS (
    UPDATE paces SET due_at = verdict.due_at FROM verdict WHERE name = :name AND verdict.wait IS NULL
)
SELECT wait FROM verdict;
