-- name: add(account_id, policy_name, secret)!
-- Keep the secret of a notification policy of an account.
INSERT INTO webhook_secrets (account_id, policy_name, secret) VALUES (:account_id, :policy_name, :secret)
ON CONFLICT (account_id, policy_name) DO UPDATE SET secret = excluded.secret, created_at = now();
