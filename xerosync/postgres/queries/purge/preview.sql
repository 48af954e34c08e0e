-- name: preview(before)^
-- Count what a purge of all from before an instant would take.
SELECT
    (
        SELECT count(*) FROM documents
        WHERE has_details AND state IN ('settled', 'voided')
            AND intent_at IS NULL AND hold_reason IS NULL AND NOT origin_owed AND updated_at < :before
            AND NOT EXISTS (
                SELECT FROM owed_acts
                WHERE owed_acts.account_id = documents.account_id
                    AND owed_acts.subject = documents.kind || '/' || documents.document_id
            )
    ) AS documents,
    (
        SELECT count(*) FROM customer_links
        WHERE customer_name IS NOT NULL AND linked_at < :before
            AND NOT EXISTS (
                SELECT FROM documents
                WHERE documents.account_id = customer_links.account_id
                    AND documents.customer_id = customer_links.customer_id
                    AND has_details
                    AND NOT (
                        state IN ('settled', 'voided') AND intent_at IS NULL AND hold_reason IS NULL
                        AND NOT origin_owed AND updated_at < :before
                    )
            )
    ) AS customers,
    (SELECT count(*) FROM import_rows WHERE kept_at < :before)
    + (SELECT count(*) FROM known_customers WHERE kept_at < :before)
    + (
        SELECT count(*) FROM backfill_rows JOIN backfill_previews USING (account_id, preview_id)
        WHERE COALESCE(ended_at, began_at) < :before
    )
    + (
        SELECT count(*) FROM bulk_documents JOIN bulk_acts USING (bulk_id)
        WHERE COALESCE(ended_at, asked_at) < :before AND (ended_at IS NOT NULL OR confirmed_at IS NULL)
    ) AS report_rows;
