-- name: bound(account_id, tenant_id)$
-- Count the documents that are, or may be, in the books of an organisation.
SELECT count(*) FROM documents
WHERE account_id = :account_id AND tenant_id = :tenant_id AND (xero_id IS NOT NULL OR intent_at IS NOT NULL);
