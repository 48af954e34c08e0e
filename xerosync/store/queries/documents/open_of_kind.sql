-- name: open_of_kind(account_id, kind)
-- Find the links of one kind that are in Xero and still waited for.
SELECT * FROM documents
WHERE account_id = :account_id AND kind = :kind AND xero_id IS NOT NULL AND state NOT IN ('settled', 'voided');
