-- name: list(account_id, state, hold, customer_id, ignored, drifting, limit, offset)
-- List links, alarms first, then the last changed; a filter that is null lets all through.
SELECT * FROM documents
WHERE (:account_id::text IS NULL OR account_id = :account_id)
    AND (:state::text IS NULL OR state = :state)
    AND (:hold::text IS NULL OR held_by = :hold)
    AND (:customer_id::text IS NULL OR customer_id = :customer_id)
    AND (NOT :drifting OR (xero_id IS NOT NULL AND gross_total <> xero_total))
    AND (:ignored::boolean IS NULL OR (ignored_since IS NOT NULL) = :ignored)
ORDER BY is_alarm DESC, updated_at DESC, account_id, kind, document_id
LIMIT :limit OFFSET :offset;
