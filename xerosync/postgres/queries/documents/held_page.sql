-- name: held_page(reason, account_id, customer_id, after_account, after_kind, after_document, limit)
-- Name a page of what a hold keeps, behind a document; a filter that is null lets all through.
SELECT account_id, kind, document_id FROM documents
WHERE held_by = :reason
    AND (:account_id::text IS NULL OR account_id = :account_id)
    AND (:customer_id::text IS NULL OR customer_id = :customer_id)
    AND (account_id, kind, document_id) > (:after_account, :after_kind, :after_document)
ORDER BY account_id, kind, document_id
LIMIT :limit;
