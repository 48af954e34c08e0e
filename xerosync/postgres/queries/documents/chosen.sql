-- name: every_plan_its_own()$
-- Have each query of this transaction planned for the very filter that it is given, and by an index: a scan of the
-- table ends soon while a filter lets much through, and late once its documents have moved to the table's end.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true) || set_config('enable_seqscan', 'off', true);

-- name: chosen(account_id, filter, after_sent_but_3000, after_changed, after_kind, after_document, limit)
-- List the links that a filter lets through behind one of them: those that are sent but dated 3000 first, then the last
-- changed.
SELECT * FROM chosen_documents(:account_id, :filter::jsonb)
WHERE :after_sent_but_3000::boolean IS NULL
    OR (is_sent_but_3000, updated_at, kind, document_id)
    < (:after_sent_but_3000, :after_changed::timestamptz, :after_kind::text, :after_document::text)
ORDER BY is_sent_but_3000 DESC, updated_at DESC, kind DESC, document_id DESC
LIMIT :limit;

-- name: totals(account_id, filter, at_most)
-- Count the documents that a filter lets through and add up their amounts, by kind, currency and whether they are voided:
-- of `at_most` of them.
SELECT kind, currency, state = 'voided' AS is_voided, count(*) AS documents, sum(gross_total) AS amount
FROM (
    SELECT kind, currency, state, gross_total FROM chosen_documents(:account_id, :filter::jsonb) LIMIT :at_most
) AS found
GROUP BY 1, 2, 3;

-- name: by_day(account_id, since)
-- Count an account's documents by state and by the day (UTC) of their last change, from an instant on.
SELECT (updated_at AT TIME ZONE 'UTC')::date AS day, state, count(*) AS documents FROM documents
WHERE account_id = :account_id AND updated_at >= :since
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: summary(account_id)
-- Count an account's documents by state, hold, and whether they are left alone, from an index alone.
SELECT state, held_by AS hold, ignored_since IS NOT NULL AS ignored, count(*) AS documents,
    count(*) FILTER (WHERE is_alarm(is_sent_but_3000, held_by, sent_since)) AS alarms
FROM documents
WHERE account_id = :account_id
GROUP BY state, held_by, ignored_since IS NOT NULL;

-- name: held_amounts(account_id)
-- Add up what an account's documents on hold are about, by reason, kind and currency, from an index alone.
SELECT held_by AS hold, kind, currency, false AS is_voided, count(*) AS documents, sum(gross_total) AS amount
FROM documents
WHERE account_id = :account_id AND held_by IS NOT NULL AND ignored_since IS NULL
GROUP BY 1, 2, 3;
