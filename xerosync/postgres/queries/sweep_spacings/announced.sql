-- name: announced(account_id, at_most)
-- Read what Xero's webhook announced of an account since its sweeps looked, the oldest first.
SELECT digest, place, type, resource_id FROM deliveries
WHERE account_id = :account_id AND provider = 'xero' AND act = 'sweep' AND outcome <> 'dropped' AND swept_at IS NULL
ORDER BY received_at
LIMIT :at_most;
