-- name: swept(digests, places)!
-- Keep that a sweep has looked at what Xero's webhook told.
UPDATE deliveries SET swept_at = now()
FROM unnest(:digests::bytea[], :places::integer[]) AS told (digest, place)
WHERE deliveries.provider = 'xero' AND deliveries.digest = told.digest AND deliveries.place = told.place;
