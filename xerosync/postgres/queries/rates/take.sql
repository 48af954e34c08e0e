-- name: take(name, minute, two_seconds, seconds, now)^
-- Take one call, or none; return how long to wait, null where it was taken.
WITH own AS MATERIALIZED (
    -- Whoever waits here reads the row as the one before left it. No row: nothing below happens.
    SELECT * FROM rates WHERE name = :name FOR UPDATE
), moment AS MATERIALIZED (
    -- The clock of the database, looked at under the lock; tests bring their own.
    SELECT COALESCE(:now::timestamptz, clock_timestamp()) AS now FROM own
), running AS MATERIALIZED (
    -- A clock that was set back stands still.
    SELECT *, GREATEST(floor(extract(epoch FROM now))::bigint, newest) AS second FROM own, moment
), known AS MATERIALIZED (
    -- For every second that has passed a count of none comes first, and one that is over goes.
    SELECT
        now,
        second,
        (array_fill(0, ARRAY[LEAST(second - newest, :seconds::integer)::integer]) || counts)[1 : :seconds] AS counts,
        held_until
    FROM running
), verdict AS MATERIALIZED (
    SELECT
        second,
        counts,
        NULLIF(GREATEST(
            interval '0',
            held_until - now,
            CASE
                WHEN (SELECT sum(made) FROM unnest(counts) AS made) >= :minute::integer
                    OR counts[1] + COALESCE(counts[2], 0) >= :two_seconds::integer
                THEN to_timestamp(second + 1) - now
            END
        ), interval '0') AS wait
    FROM known
), taken AS (
    UPDATE rates SET counts = (verdict.counts[1] + 1) || verdict.counts[2:], newest = verdict.second
    FROM verdict WHERE name = :name AND verdict.wait IS NULL
)
SELECT wait FROM verdict;
