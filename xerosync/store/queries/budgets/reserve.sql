-- name: reserve(tenant_id, reservation_id, at_once, minute, day_left, window, lapse, probe, look_again, app, app_interval, app_lead, now)^
-- Take one call of an organisation and of the app, or none; tell how long to wait, null where it was taken.
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
    SELECT due_at, held_until FROM paces
    WHERE name = :app AND (SELECT wait = interval '0' FROM own_wait)
    FOR UPDATE
), verdict AS MATERIALIZED (
    SELECT
        known.*,
        GREATEST(app.due_at, now) + :app_interval::interval AS app_due_at,
        NULLIF(GREATEST(
            own_wait.wait,
            CASE WHEN app.held_until > now THEN app.held_until - now END,
            GREATEST(app.due_at, now) + :app_interval - now - :app_lead::interval
        ), interval '0') AS wait
    FROM known CROSS JOIN own_wait LEFT JOIN app ON true
), taken AS (
    UPDATE xero_budgets SET
        ended = verdict.ended,
        flights = verdict.flights || jsonb_build_object(:reservation_id::text, verdict.now),
        day_left = verdict.day_left - 1,
        -- One probe at a time: the next one waits for this one's answer, or for as long again.
        day_seen_at = CASE WHEN verdict.is_day_spent THEN verdict.now ELSE verdict.day_seen_at END
    FROM verdict WHERE tenant_id = :tenant_id AND verdict.wait IS NULL
), taken_of_app AS (
    UPDATE paces SET due_at = verdict.app_due_at FROM verdict WHERE name = :app AND verdict.wait IS NULL
)
SELECT wait, now + :lapse AS expires_at FROM verdict;
