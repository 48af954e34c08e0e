-- name: move(account_id, since, compared_at, asked_at)!
-- Remember how far the comparison of an account with Sequence has come; `since` stays as it was first. What was asked
-- for until `asked_at` is done.
INSERT INTO sequence_cursors (account_id, since, compared_at) VALUES (:account_id, :since, :compared_at)
ON CONFLICT (account_id) DO UPDATE SET
    compared_at = excluded.compared_at,
    asked_at = CASE WHEN sequence_cursors.asked_at > :asked_at::timestamptz OR :asked_at::timestamptz IS NULL
        THEN sequence_cursors.asked_at END;
