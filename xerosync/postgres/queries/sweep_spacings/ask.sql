-- name: ask(account_id)!
-- Keep that a person asked for a sweep, which then does not rest.
INSERT INTO sweep_spacings (account_id, asked_at) VALUES (:account_id, clock_timestamp())
ON CONFLICT (account_id) DO UPDATE SET asked_at = excluded.asked_at;
