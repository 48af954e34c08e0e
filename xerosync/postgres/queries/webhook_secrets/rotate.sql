-- name: rotate(account_id, policy_name, secret)!
-- Write a secret that was encrypted with another key.
UPDATE webhook_secrets SET secret = :secret WHERE account_id = :account_id AND policy_name = :policy_name;
