-- name: add(provider, digest, places, account_ids, types, resource_ids, kinds, acts, outcomes)$
-- Keep the hints of a delivery and return how many are new: one that was kept before is a repetition.
WITH added AS (
    INSERT INTO deliveries (provider, digest, place, account_id, type, resource_id, kind, act, outcome)
    SELECT :provider, :digest, hint.*
    FROM unnest(
        :places::integer[], :account_ids::text[], :types::text[], :resource_ids::text[], :kinds::text[], :acts::text[],
        :outcomes::text[]
    ) AS hint
    ON CONFLICT (provider, digest, place) DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM added;
