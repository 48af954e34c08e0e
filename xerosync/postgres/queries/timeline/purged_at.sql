-- name: purged_at(account_id, kind, document_id)$
-- Say when a purge last took the timeline of a document; null where none did.
SELECT purged_at FROM documents WHERE account_id = :account_id AND kind = :kind AND document_id = :document_id;
