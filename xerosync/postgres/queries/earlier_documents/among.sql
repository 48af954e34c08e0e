-- name: among(account_id, kind, document_ids)
-- Read which of some documents were issued before the connection.
SELECT document_id, status FROM earlier_documents
WHERE account_id = :account_id AND kind = :kind AND document_id = ANY(:document_ids::text[]);
