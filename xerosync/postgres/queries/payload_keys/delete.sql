-- name: delete(account_id)
-- Delete all keys of an account.
DELETE FROM payload_keys WHERE account_id = :account_id RETURNING key_id;
