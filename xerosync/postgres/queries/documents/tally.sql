-- name: tally(account_id)
-- Count links by state, hold, and whether they are left alone: of one account, or, where it is null, of all.
SELECT state, held_by AS hold, ignored_since IS NOT NULL AS ignored, count(*) AS documents,
    count(*) FILTER (WHERE is_alarm) AS alarms,
    count(*) FILTER (WHERE xero_id IS NOT NULL AND gross_total <> xero_total) AS drifting
FROM documents
WHERE :account_id::text IS NULL OR account_id = :account_id
GROUP BY state, held_by, ignored_since IS NOT NULL
ORDER BY state, COALESCE(held_by, ''), ignored_since IS NOT NULL;
