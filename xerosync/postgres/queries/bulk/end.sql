-- name: end(bulk_id)!
-- Keep that an act is over; what had not its turn was stopped.
WITH stopped AS (
    UPDATE bulk_documents SET outcome = 'stopped'
    WHERE bulk_id = :bulk_id AND outcome IN ('pending', 'begun')
)
UPDATE bulk_acts SET ended_at = now() WHERE bulk_id = :bulk_id AND ended_at IS NULL;
