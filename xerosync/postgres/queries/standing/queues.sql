-- name: queues()^
-- Say what waits: hints of webhooks for Temporal, and acts that are owed; and for how many seconds the oldest does.
SELECT
    (SELECT count(*) FROM deliveries WHERE outcome = 'pending') AS hints,
    (
        SELECT COALESCE(extract(epoch FROM now() - min(received_at)), 0)::float8 FROM deliveries
        WHERE outcome = 'pending'
    ) AS oldest_hint,
    (SELECT count(*) FROM owed_acts) AS owed,
    (SELECT COALESCE(extract(epoch FROM now() - min(since)), 0)::float8 FROM owed_acts) AS oldest_owed;
