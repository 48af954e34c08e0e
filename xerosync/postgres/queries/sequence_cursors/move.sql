-- name: move(account_id, since, compared_at)!
-- Remember how far the comparison of an account with Sequence has come; `since` stays as it was first.
INSERT INTO sequence_cursors (account_id, since, compared_at) VALUES (:account_id, :since, :compared_at)
ON CONFLICT (account_id) DO UPDATE SET compared_at = excluded.compared_at;
