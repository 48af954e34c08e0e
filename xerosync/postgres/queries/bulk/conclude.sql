-- name: conclude(bulk_id, place, outcome, words)!
-- Keep what became of a document that was begun.
UPDATE bulk_documents SET outcome = :outcome, words = :words, done_at = clock_timestamp()
WHERE bulk_id = :bulk_id AND place = :place AND outcome = 'begun';

-- name: put_off(bulk_id, place, words)!
-- Keep that a document failed, and since when it does.
UPDATE bulk_documents SET
    outcome = 'pending', words = :words, failing_since = COALESCE(failing_since, clock_timestamp())
WHERE bulk_id = :bulk_id AND place = :place AND outcome = 'begun';
