-- name: forget(account_id)!
-- Forget the last look at an account's holds.
DELETE FROM hold_looks WHERE account_id = :account_id;
