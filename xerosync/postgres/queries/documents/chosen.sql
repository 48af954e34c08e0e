-- name: every_plan_its_own()$
-- Have each query of this transaction planned for the very filter that it is given, and by an index: a scan of the
-- table ends soon while a filter lets much through, and late once its documents have moved to the table's end.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true) || set_config('enable_seqscan', 'off', true);

-- name: chosen(account_id, state, hold, kind, customer_id, search, alarm, drift, ignored, after_alarm, after_changed, after_kind, after_document, limit)
-- List an account's links behind one of them, alarms first, then the last changed; a filter that is null lets all
-- through.
SELECT * FROM documents
WHERE account_id = :account_id
    AND (:state::text IS NULL OR state = :state)
    AND (:hold::text IS NULL OR held_by = :hold)
    AND (:kind::text IS NULL OR kind = :kind)
    AND (:customer_id::text IS NULL OR customer_id = :customer_id)
    AND (:search::text IS NULL OR document_words(number, customer_name) @@ :search::tsquery)
    AND (NOT :alarm::boolean OR is_alarm)
    AND (NOT :drift::boolean OR xero_id IS NOT NULL AND gross_total <> xero_total)
    AND (NOT :ignored::boolean OR ignored_since IS NOT NULL)
    AND (
        :after_alarm::boolean IS NULL
        OR (is_alarm, updated_at, kind, document_id)
        < (:after_alarm, :after_changed::timestamptz, :after_kind::text, :after_document::text)
    )
ORDER BY is_alarm DESC, updated_at DESC, kind DESC, document_id DESC
LIMIT :limit;

-- name: chosen_count(account_id, state, hold, kind, customer_id, search, alarm, drift, ignored, at_most)$
-- Count the links that a filter lets through, `at_most` of them.
SELECT count(*) FROM (
    SELECT FROM documents
    WHERE account_id = :account_id
        AND (:state::text IS NULL OR state = :state)
        AND (:hold::text IS NULL OR held_by = :hold)
        AND (:kind::text IS NULL OR kind = :kind)
        AND (:customer_id::text IS NULL OR customer_id = :customer_id)
        AND (:search::text IS NULL OR document_words(number, customer_name) @@ :search::tsquery)
        AND (NOT :alarm::boolean OR is_alarm)
        AND (NOT :drift::boolean OR xero_id IS NOT NULL AND gross_total <> xero_total)
        AND (NOT :ignored::boolean OR ignored_since IS NOT NULL)
    LIMIT :at_most
) AS found;

-- name: by_day(account_id, since)
-- Count an account's documents by state and by the day (UTC) of their last change, from an instant on.
SELECT (updated_at AT TIME ZONE 'UTC')::date AS day, state, count(*) AS documents FROM documents
WHERE account_id = :account_id AND updated_at >= :since
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: summary(account_id)
-- Count an account's documents by state, hold, and whether they are left alone, from an index alone.
SELECT state, held_by AS hold, ignored_since IS NOT NULL AS ignored, count(*) AS documents,
    count(*) FILTER (WHERE is_alarm) AS alarms
FROM documents
WHERE account_id = :account_id
GROUP BY state, held_by, ignored_since IS NOT NULL;
