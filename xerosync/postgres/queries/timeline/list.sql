-- name: list(account_id, kind, document_id, limit)
-- Read the last entries of a document, the newest first, each with how many there are in all.
SELECT *, count(*) OVER () AS in_all FROM timeline_entries
WHERE account_id = :account_id AND kind = :kind AND document_id = :document_id
ORDER BY entry_id DESC
LIMIT :limit;
