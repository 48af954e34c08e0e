-- name: save(account_id, client_id, client_secret)!
-- Write the credentials of an account of Sequence.
INSERT INTO accounts (account_id, sequence_client_id, sequence_client_secret)
VALUES (:account_id, :client_id, :client_secret)
ON CONFLICT (account_id) DO UPDATE SET
    sequence_client_id = excluded.sequence_client_id,
    sequence_client_secret = excluded.sequence_client_secret,
    updated_at = now();
