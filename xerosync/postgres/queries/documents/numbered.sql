-- name: numbered(number, account_id)
-- Find the links of documents with a number, in whatever case it is written: in one account, or, where it is null, in all.
SELECT * FROM documents
WHERE lower(number) = lower(:number) AND (:account_id::text IS NULL OR account_id = :account_id)
ORDER BY account_id, kind, document_id;
