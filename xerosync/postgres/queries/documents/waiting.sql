-- name: waiting(account_id, kind, after, limit)
-- Find links of a kind that are neither settled nor voided, by id: those behind an id.
SELECT * FROM documents
WHERE account_id = :account_id AND kind = :kind AND state NOT IN ('settled', 'voided')
    AND document_id COLLATE "C" > :after
ORDER BY document_id COLLATE "C"
LIMIT :limit;
