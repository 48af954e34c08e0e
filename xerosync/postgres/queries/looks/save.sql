-- name: save(account_id, look)!
-- Keep a look at an account's holds, in place of the one before.
INSERT INTO hold_looks (account_id, look) VALUES (:account_id, :look)
ON CONFLICT (account_id) DO UPDATE SET look = excluded.look;
