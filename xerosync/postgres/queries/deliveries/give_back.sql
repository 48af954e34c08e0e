-- name: give_back(providers, digests, places, seconds)!
-- Let hints that were taken be taken again after some seconds.
UPDATE deliveries SET claimed_until = now() + make_interval(secs => :seconds::integer)
FROM unnest(:providers::text[], :digests::bytea[], :places::integer[]) AS kept (provider, digest, place)
WHERE deliveries.provider = kept.provider AND deliveries.digest = kept.digest AND deliveries.place = kept.place
    AND outcome = 'pending';
