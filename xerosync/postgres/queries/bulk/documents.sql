-- name: documents(account_id, bulk_id, outcome, after, limit)
-- List documents of an act behind a place, all or those of one outcome.
SELECT * FROM bulk_documents
WHERE bulk_id = :bulk_id AND account_id = :account_id AND place > :after
    AND (:outcome::text IS NULL OR outcome = :outcome)
ORDER BY place
LIMIT :limit;

-- name: outcomes(bulk_id)
-- Count the documents of an act by outcome.
SELECT outcome, count(*)::integer AS documents FROM bulk_documents WHERE bulk_id = :bulk_id GROUP BY outcome;
