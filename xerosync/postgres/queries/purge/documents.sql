-- name: documents(before, at_most)^
-- Take the timelines and the customers' names of some documents that are done and did not change since an instant; say of
-- how many documents, and how many entries. The rest of a link stays: it is what keeps a document from being doubled.
WITH done AS (
    SELECT account_id, kind, document_id FROM documents
    WHERE has_details AND state IN ('settled', 'voided')
        AND intent_at IS NULL AND hold_reason IS NULL AND NOT origin_owed
        AND updated_at < :before
        AND NOT EXISTS (
            SELECT FROM owed_acts
            WHERE owed_acts.account_id = documents.account_id
                AND owed_acts.subject = documents.kind || '/' || documents.document_id
        )
    ORDER BY updated_at
    LIMIT :at_most
    FOR UPDATE SKIP LOCKED
), forgotten AS (
    DELETE FROM timeline_entries USING done
    WHERE timeline_entries.account_id = done.account_id AND timeline_entries.kind = done.kind
        AND timeline_entries.document_id = done.document_id
    RETURNING 1
), purged AS (
    UPDATE documents SET
        customer_name = NULL, has_details = false, purged_at = clock_timestamp(), revision = documents.revision + 1
    FROM done
    WHERE documents.account_id = done.account_id AND documents.kind = done.kind
        AND documents.document_id = done.document_id
    RETURNING 1
)
SELECT (SELECT count(*) FROM purged) AS documents, (SELECT count(*) FROM forgotten) AS entries;
