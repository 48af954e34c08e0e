-- name: tally(account_id, import_id)
-- Count the contacts of an import by what became of them.
SELECT outcome, count(*)::integer AS contacts FROM import_rows
WHERE account_id = :account_id AND import_id = :import_id
GROUP BY outcome;
