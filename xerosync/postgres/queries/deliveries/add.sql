-- name: add(numbered, firsts, lasts, deliveries, providers, digests, places, account_ids, types, resource_ids, kinds, numbers, acts, outcomes, happened, traceparents, echo_seconds, after_gap)
-- Keep the hints of many deliveries, those after a gap only where Xero's events are missing before the delivery. One that
-- was kept before is a repetition. Deliveries are numbered by their place in the call; answered are those that are news.
--
-- Two calls at once take their locks in the same order: first the one of the event numbers, then the hints by their keys.
WITH known AS MATERIALIZED (
    SELECT last_event FROM xero_event_sequence WHERE cardinality(:numbered::integer[]) > 0 FOR UPDATE
), numbers AS (
    SELECT * FROM unnest(:numbered::integer[], :firsts::bigint[], :lasts::bigint[]) AS given (delivery, first, last)
), before AS (
    SELECT delivery, first, GREATEST(
        (SELECT last_event FROM known),
        max(last) OVER (ORDER BY first, last, delivery ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ) AS last_event
    FROM numbers
), gaps AS (
    SELECT delivery FROM before WHERE first > last_event + 1
), moved AS (
    UPDATE xero_event_sequence SET last_event = GREATEST(last_event, (SELECT max(last) FROM numbers))
    WHERE cardinality(:numbered::integer[]) > 0
), hints AS (
    SELECT * FROM unnest(
        :deliveries::integer[], :providers::text[], :digests::bytea[], :places::integer[], :account_ids::text[],
        :types::text[], :resource_ids::text[], :kinds::text[], :numbers::text[], :acts::text[], :outcomes::text[],
        :happened::timestamptz[], :traceparents::text[], :after_gap::boolean[]
    ) AS given (
        delivery, provider, digest, place, account_id, type, resource_id, kind, number, act, outcome,
        happened_at, traceparent, after_gap
    )
), added AS (
    INSERT INTO deliveries (
        provider, digest, place, account_id, type, resource_id, kind, number, act, outcome, happened_at, traceparent,
        claimed_until
    )
    SELECT provider, digest, place, account_id, type, resource_id, kind, number, act, outcome, happened_at,
        traceparent, CASE WHEN happened_at IS NOT NULL THEN now() + make_interval(secs => :echo_seconds::integer) END
    FROM hints LEFT JOIN gaps USING (delivery)
    WHERE NOT hints.after_gap OR gaps.delivery IS NOT NULL
    ORDER BY provider, digest, place
    ON CONFLICT (provider, digest, place) DO NOTHING
    RETURNING provider, digest, place, outcome
)
SELECT delivery, true AS has_gap, false AS is_pending FROM gaps
UNION ALL
SELECT DISTINCT delivery, false, true FROM hints JOIN added USING (provider, digest, place)
WHERE added.outcome = 'pending';
