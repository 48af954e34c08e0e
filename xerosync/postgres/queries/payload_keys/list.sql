-- name: list()
-- Count the keys of each account.
SELECT account_id, count(*) AS keys, max(made_at) AS newest_at FROM payload_keys GROUP BY account_id ORDER BY account_id;
