-- name: get(account_id)^
-- Read the credentials of an account of Sequence, the secret encrypted.
SELECT account_id, sequence_client_id, sequence_client_secret FROM accounts WHERE account_id = :account_id;
