-- name: reserve(tenant_id, reservation_id, at_once, minute, day_left, window, lapse, probe, look_again, app, app_minute, app_two_seconds, app_seconds, now)^
-- Take one call of an organisation and of the app, or none; return how long to wait, null where it was taken.
WITH own AS MATERIALIZED (
    -- Whoever waits here reads the row as the one before left it. No row: nothing below happens.
    SELECT * FROM xero_budgets WHERE tenant_id = :tenant_id FOR UPDATE
), moment AS MATERIALIZED (
    -- The clock of the database, looked at under the lock; tests bring their own.
    SELECT COALESCE(:now::timestamptz, clock_timestamp()) AS now FROM own
), flight AS MATERIALIZED (
    SELECT each.key AS id, each.value::timestamptz AS began, each.value::timestamptz + :lapse::interval AS lapses
    FROM own, jsonb_each_text(own.flights) AS each
), known AS MATERIALIZED (
    -- A flight that lapsed may have been counted by Xero as late as then: that is when it ended.
    SELECT
        now,
        ARRAY(
            SELECT at FROM (
                SELECT unnest(own.ended) AS at UNION ALL SELECT lapses FROM flight WHERE lapses <= now
            ) AS past
            WHERE at > now - 2 * :window::interval ORDER BY at
        ) AS ended,
        COALESCE((SELECT jsonb_object_agg(id, began) FROM flight WHERE lapses > now), '{}') AS flights,
        (SELECT count(*)::integer FROM flight WHERE lapses > now) AS flying,
        own.day_left,
        own.day_seen_at,
        own.day_left <= :day_left AS is_day_spent,
        own.held_until
    FROM own, moment
), own_wait AS MATERIALIZED (
    -- Nulls and what is not above zero are no wait.
    SELECT GREATEST(
        interval '0',
        held_until - now,
        CASE WHEN is_day_spent THEN day_seen_at + :probe::interval - now END,
        -- The last call but so many must have left the window.
        ended[cardinality(ended) + flying - :minute::integer + 1] + :window::interval - now,
        CASE WHEN flying >= LEAST(:at_once::integer, :minute) THEN :look_again::interval END
    ) AS wait
    FROM known
), app AS MATERIALIZED (
    -- Locked after the organisation's row, everywhere, and only where that one would let the call go.
    SELECT counts, newest, held_until FROM rates
    WHERE name = :app AND (SELECT wait = interval '0' FROM own_wait)
    FOR UPDATE
), app_second AS MATERIALIZED (
    SELECT *, GREATEST(floor(extract(epoch FROM now))::bigint, newest) AS second FROM app, moment
), app_known AS MATERIALIZED (
    -- As in rates/take.sql.
    SELECT
        second,
        (array_fill(0, ARRAY[LEAST(second - newest, :app_seconds::integer)::integer]) || counts)[1 : :app_seconds] AS counts,
        held_until
    FROM app_second
), verdict AS MATERIALIZED (
    SELECT
        known.*,
        app_known.second AS app_second,
        app_known.counts AS app_counts,
        NULLIF(GREATEST(
            own_wait.wait,
            app_known.held_until - now,
            CASE
                WHEN (SELECT sum(made) FROM unnest(app_known.counts) AS made) >= :app_minute::integer
                    OR app_known.counts[1] + COALESCE(app_known.counts[2], 0) >= :app_two_seconds::integer
                THEN to_timestamp(app_known.second + 1) - now
            END
        ), interval '0') AS wait
    FROM known CROSS JOIN own_wait LEFT JOIN app_known ON true
), taken AS (
    UPDATE xero_budgets SET
        ended = verdict.ended,
        flights = verdict.flights || jsonb_build_object(:reservation_id::text, verdict.now),
        day_left = verdict.day_left - 1,
        -- One probe at a time: the next one waits for this one's answer, or for as long again.
        day_seen_at = CASE WHEN verdict.is_day_spent THEN verdict.now ELSE verdict.day_seen_at END
    FROM verdict WHERE tenant_id = :tenant_id AND verdict.wait IS NULL
), taken_of_app AS (
    UPDATE rates SET counts = (app_counts[1] + 1) || app_counts[2:], newest = app_second
    FROM verdict WHERE name = :app AND wait IS NULL
)
SELECT wait, now + :lapse AS expires_at FROM verdict;
