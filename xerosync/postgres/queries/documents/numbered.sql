-- name: numbered(number, account_id)
-- Find the links of documents with a number: in one account, or, where it is null, in all.
SELECT * FROM documents
WHERE number = :number AND (:account_id::text IS NULL OR account_id = :account_id)
ORDER BY account_id, kind, document_id;
