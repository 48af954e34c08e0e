-- name: freeze(bulk_id, account_id, act, because, selection, asked_by, filter)^
-- Keep which documents an act concerns, of those that a filter lets through: those that are sent but dated 3000 first,
-- then the last changed.
WITH found AS MATERIALIZED (
    SELECT
        kind, document_id, state, held_by, ignored_since IS NOT NULL AS is_ignored, sequence_status, xero_id,
        is_sent_but_3000, updated_at,
        CASE :act::text
            WHEN 'take_up' THEN ignored_since IS NOT NULL
            WHEN 'resync' THEN true
            WHEN 'push_again' THEN ignored_since IS NULL
                AND (xero_id IS NOT NULL OR intent_at IS NOT NULL)
                AND COALESCE(tenant_id <> (SELECT tenant_id FROM connections WHERE account_id = :account_id), false)
            ELSE held_by IS NOT NULL AND ignored_since IS NULL
        END AS is_concerned
    FROM chosen_documents(:account_id, :filter::jsonb)
), frozen AS (
    INSERT INTO bulk_documents (
        bulk_id, place, account_id, kind, document_id, state, hold, is_ignored, sequence_status, xero_id
    )
    SELECT
        :bulk_id, row_number() OVER (ORDER BY is_sent_but_3000 DESC, updated_at DESC, kind DESC, document_id DESC),
        :account_id,
        kind, document_id, state, held_by, is_ignored, sequence_status, xero_id
    FROM found WHERE is_concerned
)
INSERT INTO bulk_acts (bulk_id, account_id, act, because, selection, documents, left_out, asked_by)
SELECT
    :bulk_id, :account_id, :act, :because, :selection::jsonb, count(*) FILTER (WHERE is_concerned),
    count(*) FILTER (WHERE NOT is_concerned), :asked_by
FROM found
RETURNING *;
