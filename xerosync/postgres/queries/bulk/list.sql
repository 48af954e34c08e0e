-- name: list(account_id, limit)
-- List an account's last acts, the newest first.
SELECT * FROM bulk_acts WHERE account_id = :account_id ORDER BY asked_at DESC, bulk_id LIMIT :limit;
