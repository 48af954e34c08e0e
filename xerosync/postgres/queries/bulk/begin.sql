-- name: begin(bulk_id, limit)
-- Mark the next documents as begun, those that fail last, and return them as they were before.
WITH next AS (
    SELECT * FROM bulk_documents
    WHERE bulk_id = :bulk_id AND outcome IN ('pending', 'begun')
    ORDER BY failing_since NULLS FIRST, place
    LIMIT :limit
    FOR UPDATE
), begun AS (
    UPDATE bulk_documents SET outcome = 'begun'
    FROM next WHERE bulk_documents.bulk_id = next.bulk_id AND bulk_documents.place = next.place
)
SELECT * FROM next;
