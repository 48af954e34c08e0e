-- name: announced(account_id, kind, since)
-- Find the open documents of the account's organisation that deliveries of Xero's webhook named since an instant.
SELECT * FROM documents
WHERE account_id = :account_id AND kind = :kind AND state NOT IN ('settled', 'voided')
    AND (tenant_id IS NULL OR tenant_id = (SELECT tenant_id FROM connections WHERE account_id = :account_id))
    AND xero_id IN (
        SELECT resource_id FROM deliveries
        WHERE account_id = :account_id AND provider = 'xero' AND act = 'sweep' AND outcome <> 'dropped'
            AND received_at >= :since
    );
