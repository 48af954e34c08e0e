-- name: holds_due(account_id, now, limit)
-- Find links whose hold is due for another try at an instant, the longest due first.
SELECT * FROM documents
WHERE account_id = :account_id AND held_by IS NOT NULL AND next_try_at <= :now
ORDER BY next_try_at, kind COLLATE "C", document_id COLLATE "C"
LIMIT :limit;
