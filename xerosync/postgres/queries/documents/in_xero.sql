-- name: in_xero(account_id, xero_ids)
-- Find the links of documents of the account's organisation by Xero's ids, those apart that are voided in both systems.
SELECT * FROM documents
WHERE account_id = :account_id AND xero_id = ANY(:xero_ids::text[]) AND state <> 'voided'
    AND (tenant_id IS NULL OR tenant_id = (SELECT tenant_id FROM connections WHERE account_id = :account_id));
