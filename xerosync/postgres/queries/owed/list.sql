-- name: list(account_id, before, limit)
-- List what an account owes since before an instant, the oldest first.
SELECT account_id, act, subject, since FROM owed_acts
WHERE account_id = :account_id AND since < :before
ORDER BY since, act, subject
LIMIT :limit;
