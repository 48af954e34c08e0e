-- name: lock(account_id, kind, document_id)^
-- Read a document's link and keep others from changing it until the transaction ends.
SELECT * FROM documents
WHERE account_id = :account_id AND kind = :kind AND document_id = :document_id
FOR UPDATE;
