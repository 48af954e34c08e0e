-- name: claims(tenant_id, kind, xero_ids)
-- Find the documents, of any account, whose links name some of an organisation.
SELECT documents.account_id, document_id, xero_id FROM documents
JOIN connections ON connections.account_id = documents.account_id AND connections.tenant_id = :tenant_id
WHERE kind = :kind AND xero_id = ANY(:xero_ids::text[]);
