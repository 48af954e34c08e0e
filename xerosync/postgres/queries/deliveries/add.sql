-- name: add(provider, digest, first, last, places, account_ids, types, resource_ids, kinds, acts, outcomes, after_gap)^
-- Keep the hints of a delivery, those after a gap only where Xero's events are missing before `first`. One that was kept
-- before is a repetition.
WITH known AS MATERIALIZED (
    SELECT last_event FROM xero_event_sequence WHERE :first::bigint IS NOT NULL FOR UPDATE
), gap AS (
    SELECT COALESCE((SELECT :first::bigint > last_event + 1 FROM known), false) AS is_there
), moved AS (
    INSERT INTO xero_event_sequence (only_row, last_event) SELECT true, :last::bigint WHERE :last::bigint IS NOT NULL
    ON CONFLICT (only_row) DO UPDATE SET last_event = GREATEST(xero_event_sequence.last_event, excluded.last_event)
), added AS (
    INSERT INTO deliveries (provider, digest, place, account_id, type, resource_id, kind, act, outcome)
    SELECT :provider, :digest, hint.place, hint.account_id, hint.type, hint.resource_id, hint.kind, hint.act, hint.outcome
    FROM unnest(
        :places::integer[], :account_ids::text[], :types::text[], :resource_ids::text[], :kinds::text[], :acts::text[],
        :outcomes::text[], :after_gap::boolean[]
    ) AS hint (place, account_id, type, resource_id, kind, act, outcome, after_gap), gap
    WHERE NOT hint.after_gap OR gap.is_there
    ON CONFLICT (provider, digest, place) DO NOTHING
    RETURNING outcome
)
SELECT (SELECT is_there FROM gap) AS has_gap, count(*) FILTER (WHERE outcome = 'pending') AS pending FROM added;
