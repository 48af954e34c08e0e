-- name: last(account_id)^
-- Return the last preview of an account.
SELECT since, began_at, ended_at FROM backfill_previews WHERE account_id = :account_id;

-- name: counts(account_id)
-- Count the documents of the last preview by what would become of them, from an index alone.
SELECT became, count(*)::integer AS documents FROM backfill_rows WHERE account_id = :account_id GROUP BY became;

-- name: holds(account_id)
-- Count the documents of the last preview by what would hold them; one that several would hold counts for each.
SELECT hold, count(*)::integer AS documents
FROM backfill_rows, jsonb_array_elements_text(row -> 'holds') AS hold
WHERE account_id = :account_id AND row -> 'holds' <> '[]'
GROUP BY hold;

-- name: rows(account_id, became, after_kind, after_document, limit)
-- List rows of the last preview behind a document, all or those of one result.
SELECT row FROM backfill_rows
WHERE account_id = :account_id AND (:became::text IS NULL OR became = :became)
    AND (kind, document_id) > (:after_kind::text, :after_document::text)
ORDER BY kind, document_id
LIMIT :limit;
