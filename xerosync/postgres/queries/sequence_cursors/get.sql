-- name: get(account_id)^
-- Read how far the comparison of an account with Sequence has come.
SELECT since, compared_at, asked_at FROM sequence_cursors WHERE account_id = :account_id;
