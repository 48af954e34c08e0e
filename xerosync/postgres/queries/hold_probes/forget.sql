-- name: forget(account_id)!
-- Forget the last probe at an account's holds.
DELETE FROM hold_probes WHERE account_id = :account_id;
