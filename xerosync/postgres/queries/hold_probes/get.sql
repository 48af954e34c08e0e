-- name: get(account_id)$
-- Read the last probe at an account's holds, if there was one.
SELECT probe FROM hold_probes WHERE account_id = :account_id;
