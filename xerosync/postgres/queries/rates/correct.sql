-- name: correct(name, minute, minute_left, seconds, now)!
-- Count the calls that the other side saw and nobody here made, as if made just now.
WITH own AS MATERIALIZED (
    SELECT * FROM rates WHERE name = :name FOR UPDATE
), moment AS MATERIALIZED (
    SELECT COALESCE(:now::timestamptz, clock_timestamp()) AS now FROM own
), running AS MATERIALIZED (
    SELECT *, GREATEST(floor(extract(epoch FROM now))::bigint, newest) AS second FROM own, moment
), known AS MATERIALIZED (
    -- As in take.sql.
    SELECT
        second,
        (array_fill(0, ARRAY[LEAST(second - newest, :seconds::integer)::integer]) || counts)[1 : :seconds] AS counts
    FROM running
), verdict AS MATERIALIZED (
    SELECT
        *,
        :minute::integer - :minute_left::integer - (SELECT sum(made)::integer FROM unnest(counts) AS made) AS unknown
    FROM known
)
UPDATE rates SET counts = (verdict.counts[1] + verdict.unknown) || verdict.counts[2:], newest = verdict.second
FROM verdict WHERE name = :name AND verdict.unknown > 0;
