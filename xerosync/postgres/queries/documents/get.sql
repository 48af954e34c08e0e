-- name: get(account_id, kind, document_id)^
-- Read a document's link.
SELECT * FROM documents
WHERE account_id = :account_id AND kind = :kind AND document_id = :document_id;
