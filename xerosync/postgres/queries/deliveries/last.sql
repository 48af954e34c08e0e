-- name: last(test)
-- Say per account and provider when a delivery came last, and how many came, and are pending, of those that are kept,
-- from indexes alone. A test that we sent ourselves does not show that the company calls us.
WITH came AS (
    SELECT account_id, provider, max(received_at) AS last_at, count(*) AS deliveries
    FROM deliveries WHERE type <> :test GROUP BY account_id, provider
), waiting AS (
    SELECT account_id, provider, count(*) AS pending
    FROM deliveries WHERE type <> :test AND outcome = 'pending' GROUP BY account_id, provider
)
SELECT account_id, provider, last_at, deliveries, COALESCE(pending, 0) AS pending
FROM came LEFT JOIN waiting USING (account_id, provider)
ORDER BY account_id, provider;
