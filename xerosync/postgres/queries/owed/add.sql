-- name: add(account_ids, acts, subjects, instants)!
-- Store what is owed; what is owed already is owed since the instant that is given.
INSERT INTO owed_acts (account_id, act, subject, since)
SELECT * FROM unnest(:account_ids::text[], :acts::text[], :subjects::text[], :instants::timestamptz[])
ON CONFLICT (account_id, act, subject) DO UPDATE SET since = excluded.since;
