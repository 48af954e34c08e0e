-- name: stop(account_id, bulk_id, by)!
-- Stop an act that is under way.
UPDATE bulk_acts SET stopped_by = :by, stopped_at = now()
WHERE account_id = :account_id AND bulk_id = :bulk_id
    AND confirmed_at IS NOT NULL AND stopped_at IS NULL AND ended_at IS NULL;
