-- name: links(account_id, kind, document_ids)
-- Read the links of some documents.
SELECT * FROM documents
WHERE account_id = :account_id AND kind = :kind AND document_id = ANY(:document_ids::text[]);
