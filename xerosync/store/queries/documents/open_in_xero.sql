-- name: open_in_xero(account_id, xero_ids)
-- Find the links of Xero's documents that are still waited for.
SELECT * FROM documents
WHERE account_id = :account_id AND xero_id = ANY(:xero_ids::text[])
    AND state NOT IN ('settled', 'voided');
