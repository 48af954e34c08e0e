-- name: swept(digests, places)!
-- Keep that a sweep has looked at what Xero's webhook announced.
UPDATE deliveries SET swept_at = now()
FROM unnest(:digests::bytea[], :places::integer[]) AS announced (digest, place)
WHERE deliveries.provider = 'xero' AND deliveries.digest = announced.digest AND deliveries.place = announced.place;
