-- name: forget(account_id)!
-- Drop an account's acts that nobody confirmed for a day, and those that ended long ago.
DELETE FROM bulk_acts
WHERE account_id = :account_id
    AND (
        confirmed_at IS NULL AND asked_at < now() - interval '1 day'
        OR ended_at < now() - interval '90 days'
    );
