-- name: list()
-- Name the accounts with credentials of their own.
SELECT account_id, sequence_client_id FROM accounts ORDER BY account_id;
