-- name: of(account_ids, kinds, document_ids)
-- Read the links of these documents.
SELECT documents.* FROM documents JOIN unnest(:account_ids::text[], :kinds::text[], :document_ids::text[])
    AS asked (account_id, kind, document_id) USING (account_id, kind, document_id);
