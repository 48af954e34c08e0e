-- name: last_of(account_id, providers, test)
-- Say when each provider last called us for an account; null where nothing that is kept came. A test that we sent
-- ourselves does not show that the company calls us.
SELECT provider, (
    SELECT received_at FROM deliveries
    WHERE account_id = :account_id AND deliveries.provider = asked.provider AND type <> :test
    ORDER BY received_at DESC
    LIMIT 1
) AS last_at
FROM unnest(:providers::text[]) AS asked (provider);
