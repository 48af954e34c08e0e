-- name: newest(account_id)^
-- Read the key that encrypts for an account.
SELECT key_id, account_id, secret FROM payload_keys WHERE account_id = :account_id
ORDER BY made_at DESC, key_id LIMIT 1;
