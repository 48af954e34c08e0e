-- name: rotate(account_id, client_secret)!
-- Write an account's secret anew, encrypted with another key.
UPDATE accounts SET sequence_client_secret = :client_secret, updated_at = now() WHERE account_id = :account_id;
