-- name: settle(providers, digests, places, outcomes)!
-- Write what came of hints that were taken.
UPDATE deliveries SET outcome = done.outcome, claimed_until = NULL
FROM unnest(:providers::text[], :digests::bytea[], :places::integer[], :outcomes::text[])
    AS done (provider, digest, place, outcome)
WHERE deliveries.provider = done.provider AND deliveries.digest = done.digest AND deliveries.place = done.place;
