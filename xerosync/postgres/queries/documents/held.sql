-- name: held(account_id, reason, customer_id)
-- Name the documents that a hold keeps: those of one customer, or, where it is null, of all.
SELECT account_id, kind, document_id FROM documents
WHERE account_id = :account_id AND held_by = :reason
    AND (:customer_id::text IS NULL OR customer_id = :customer_id)
ORDER BY created_at, kind, document_id;
