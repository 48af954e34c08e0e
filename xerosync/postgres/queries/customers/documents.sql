-- name: documents(account_id, customer_id)
-- Count the documents of a customer by state and by the reason of the hold in force.
SELECT state, held_by AS hold, ignored_since IS NOT NULL AS ignored, count(*) AS documents,
    count(*) FILTER (WHERE is_alarm(is_sent_but_3000, held_by, sent_since)) AS alarms
FROM documents WHERE account_id = :account_id AND customer_id = :customer_id
GROUP BY state, held_by, ignored_since IS NOT NULL
ORDER BY state, held_by, ignored_since IS NOT NULL;
