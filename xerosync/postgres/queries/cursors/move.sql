-- name: move(account_id, kind, read_until)!
-- Remember up to when the changes of a kind were read.
INSERT INTO sweep_cursors (account_id, kind, read_until) VALUES (:account_id, :kind, :read_until)
ON CONFLICT (account_id, kind) DO UPDATE SET read_until = excluded.read_until;
