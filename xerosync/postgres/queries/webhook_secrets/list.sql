-- name: list(account_id)
-- Return an account's webhook secrets, the newest first.
SELECT secret, policy_name FROM webhook_secrets WHERE account_id = :account_id ORDER BY created_at DESC;
