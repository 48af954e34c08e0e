-- name: open_of_kind(account_id, kind)
-- Find the links of one kind that are in the account's organisation and still waited for.
SELECT * FROM documents
WHERE account_id = :account_id AND kind = :kind AND xero_id IS NOT NULL AND state NOT IN ('settled', 'voided')
    AND (tenant_id IS NULL OR tenant_id = (SELECT tenant_id FROM connections WHERE account_id = :account_id));
