-- name: keep(account_id, kind, document_ids, statuses)!
-- Keep which documents of Sequence were issued before the connection; what was kept of one before stays.
INSERT INTO earlier_documents (account_id, kind, document_id, status)
SELECT :account_id, :kind, document_id, status
FROM unnest(:document_ids::text[], :statuses::text[]) AS given (document_id, status)
ON CONFLICT DO NOTHING;
