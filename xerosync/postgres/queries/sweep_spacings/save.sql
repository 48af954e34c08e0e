-- name: save(account_id, spacing, asked_at)!
-- Keep how far apart an account's sweeps are. What a person asked for until `asked_at` is done.
INSERT INTO sweep_spacings (account_id, spacing) VALUES (:account_id, :spacing)
ON CONFLICT (account_id) DO UPDATE SET
    spacing = excluded.spacing,
    asked_at = CASE WHEN sweep_spacings.asked_at > :asked_at::timestamptz OR :asked_at::timestamptz IS NULL
        THEN sweep_spacings.asked_at END;
