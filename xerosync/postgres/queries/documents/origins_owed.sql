-- name: origins_owed(account_id, at_most)
-- Find the credit notes of the account's organisation whose way back to Sequence is not noted yet, the oldest first.
SELECT * FROM documents
WHERE account_id = :account_id AND origin_owed AND xero_id IS NOT NULL AND state <> 'voided'
    AND (tenant_id IS NULL OR tenant_id = (SELECT tenant_id FROM connections WHERE account_id = :account_id))
ORDER BY created_at, document_id
LIMIT :at_most;
