-- name: by_id(kind, document_id)
-- Find the links of a document in all accounts.
SELECT * FROM documents
WHERE kind = :kind AND document_id = :document_id
ORDER BY account_id;
