-- name: waiting_by_status(account_id, kind)
-- Count the links of a kind that are neither settled nor voided, by their status in Sequence.
SELECT sequence_status, count(*) AS documents FROM documents
WHERE account_id = :account_id AND kind = :kind AND state NOT IN ('settled', 'voided') AND sequence_status IS NOT NULL
GROUP BY sequence_status;
