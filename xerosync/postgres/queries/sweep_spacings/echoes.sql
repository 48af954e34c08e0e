-- name: echoes(account_id, since, until)^
-- Count the documents that we wrote in Xero within a time and that its webhook announced, and those it did not.
--
-- An event may come before the answer to its write is stored. An entry without a fact was no write: Xero had it already.
WITH writes AS (
    SELECT documents.xero_id, max(entry.first_at) AS written_at
    FROM documents JOIN timeline_entries AS entry USING (account_id, kind, document_id)
    WHERE documents.account_id = :account_id AND documents.updated_at >= :since AND documents.xero_id IS NOT NULL
        AND documents.tenant_id = (SELECT tenant_id FROM connections WHERE account_id = :account_id)
        AND entry.first_at >= :since AND entry.first_at < :until
        AND (entry.happened = 'created' OR (entry.happened = 'applied' AND entry.facts <> '{}'))
    GROUP BY documents.xero_id
), events AS MATERIALIZED (
    SELECT resource_id AS xero_id, max(received_at) AS last_at FROM deliveries
    WHERE account_id = :account_id AND provider = 'xero' AND received_at >= :since::timestamptz - interval '1 hour'
    GROUP BY resource_id
), judged AS (
    SELECT COALESCE(last_at >= written_at - interval '1 hour', false) AS has_echo FROM writes LEFT JOIN events USING (xero_id)
)
SELECT count(*) FILTER (WHERE has_echo) AS echoed, count(*) FILTER (WHERE NOT has_echo) AS silent FROM judged;
