-- name: tally(account_id)
-- Count links by state, hold, and whether they are left alone, from indexes alone: of one account, or, where it is null,
-- of all.
WITH counted AS (
    SELECT state, held_by, ignored_since IS NOT NULL AS ignored, count(*) AS documents,
        count(*) FILTER (WHERE is_alarm(is_sent_but_3000, held_by, sent_since)) AS alarms
    FROM documents
    WHERE :account_id::text IS NULL OR account_id = :account_id
    GROUP BY 1, 2, 3
), drifted AS (
    SELECT state, held_by, ignored_since IS NOT NULL AS ignored, count(*) AS drifting
    FROM documents
    WHERE xero_id IS NOT NULL AND gross_total <> xero_total
        AND (:account_id::text IS NULL OR account_id = :account_id)
    GROUP BY 1, 2, 3
)
SELECT counted.state, counted.held_by AS hold, counted.ignored, documents, alarms, COALESCE(drifting, 0) AS drifting
FROM counted LEFT JOIN drifted
    ON drifted.state = counted.state AND drifted.held_by IS NOT DISTINCT FROM counted.held_by
    AND drifted.ignored = counted.ignored
ORDER BY counted.state, COALESCE(counted.held_by, ''), counted.ignored;
