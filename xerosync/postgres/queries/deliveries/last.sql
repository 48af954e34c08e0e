-- name: last(test)
-- Say per account and provider when a delivery came last, and how many came, and are pending, of those that are kept. A
-- test that we sent ourselves does not show that the company calls us.
SELECT account_id, provider, max(received_at) AS last_at, count(*) AS deliveries,
    count(*) FILTER (WHERE outcome = 'pending') AS pending
FROM deliveries WHERE type <> :test GROUP BY account_id, provider ORDER BY account_id, provider;
