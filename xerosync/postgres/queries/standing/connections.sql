-- name: connections()
-- Say of each connection whether it stands, how long ago its last sweep read, of a kind that has open documents, and
-- for how long its consent and its access token are good. A consent that nobody uses ends after 60 days.
SELECT
    connection.account_id,
    connection.status = 'connected' AND NOT COALESCE(consent.is_revoked, true) AS is_connected,
    (
        SELECT extract(epoch FROM now() - min(cursor.read_until))::float8 FROM sweep_cursors AS cursor
        WHERE cursor.account_id = connection.account_id AND EXISTS (
            SELECT FROM documents
            WHERE documents.account_id = cursor.account_id AND documents.kind = cursor.kind
                AND xero_id IS NOT NULL AND state NOT IN ('settled', 'voided')
        )
    ) AS sweep_age,
    extract(epoch FROM connection.sweep_interval)::float8 AS sweep_interval,
    CASE WHEN consent.refresh_token IS NOT NULL AND NOT consent.is_revoked
        THEN extract(epoch FROM consent.updated_at + interval '60 days' - now())::float8 END AS consent_left,
    extract(epoch FROM consent.expires_at - now())::float8 AS token_left
FROM connections AS connection LEFT JOIN grants AS consent USING (grant_id);
