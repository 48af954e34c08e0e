-- name: get(account_id, kind)$
-- Read up to when the changes of a kind were read.
SELECT read_until FROM sweep_cursors WHERE account_id = :account_id AND kind = :kind;
