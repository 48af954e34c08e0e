-- name: waited_for(account_id, reason)
-- Name the documents that a hold keeps although their customer is linked.
SELECT account_id, kind, document_id FROM documents
WHERE account_id = :account_id AND held_by = :reason AND EXISTS (
    SELECT FROM customer_links AS link
    WHERE link.account_id = documents.account_id AND link.customer_id = documents.customer_id
)
ORDER BY created_at, kind, document_id;
