-- name: get(account_id)^
-- Read how far apart an account's sweeps are, and when a person last asked for one that has not begun.
SELECT spacing, asked_at FROM sweep_spacings WHERE account_id = :account_id;
