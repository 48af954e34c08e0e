-- name: tally(account_id)
-- Count links by state and hold: of one account, or, where it is null, of all.
SELECT state, held_by AS hold, count(*) AS documents FROM documents
WHERE :account_id::text IS NULL OR account_id = :account_id
GROUP BY state, held_by
ORDER BY state, COALESCE(held_by, '');
