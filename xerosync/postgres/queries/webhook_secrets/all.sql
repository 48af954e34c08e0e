-- name: all()
-- Return all secrets, locked, to encrypt them anew.
SELECT account_id, policy_name, secret FROM webhook_secrets ORDER BY account_id, policy_name FOR UPDATE;
