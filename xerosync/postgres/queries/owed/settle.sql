-- name: settle(account_ids, acts, subjects, instants)!
-- Forget what was done, each unless it is owed anew since.
DELETE FROM owed_acts
USING unnest(:account_ids::text[], :acts::text[], :subjects::text[], :instants::timestamptz[])
    AS done (account_id, act, subject, since)
WHERE owed_acts.account_id = done.account_id AND owed_acts.act = done.act
    AND owed_acts.subject = done.subject AND owed_acts.since = done.since;
