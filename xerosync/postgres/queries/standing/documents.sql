-- name: documents()
-- Count each account's documents that are not settled, by state, from an index alone.
SELECT connection.account_id, open.state, found.documents
FROM connections AS connection
CROSS JOIN unnest(ARRAY['pending', 'pushed', 'sent', 'held']) AS open (state)
CROSS JOIN LATERAL (
    SELECT count(*) AS documents FROM documents
    WHERE documents.account_id = connection.account_id AND documents.state = open.state
) AS found;
