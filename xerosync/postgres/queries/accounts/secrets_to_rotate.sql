-- name: secrets_to_rotate()
-- Read all encrypted secrets and keep others from changing them until the transaction ends.
SELECT account_id, sequence_client_secret FROM accounts ORDER BY account_id FOR UPDATE;
