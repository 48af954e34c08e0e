-- name: claims(tenant_id, kind, xero_ids)
-- Tell which documents of any account claim some of an organisation's.
SELECT documents.account_id, document_id, xero_id FROM documents
JOIN connections ON connections.account_id = documents.account_id AND connections.tenant_id = :tenant_id
WHERE kind = :kind AND xero_id = ANY(:xero_ids::text[]);
