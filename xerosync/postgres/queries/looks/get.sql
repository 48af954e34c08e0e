-- name: get(account_id)$
-- Read the last look at an account's holds, if there was one.
SELECT look FROM hold_looks WHERE account_id = :account_id;
