-- name: holds()
-- Count the documents that wait for a person, by reason and by how long, from an index alone.
SELECT connection.account_id, found.*
FROM connections AS connection
CROSS JOIN LATERAL (
    SELECT
        held_by AS reason,
        count(*) FILTER (WHERE since > now() - interval '1 day') AS a_day,
        count(*) FILTER (WHERE since <= now() - interval '1 day' AND since > now() - interval '7 days') AS a_week,
        count(*) FILTER (WHERE since <= now() - interval '7 days') AS longer
    FROM (
        SELECT held_by, COALESCE(hold_since, updated_at) AS since FROM documents
        WHERE documents.account_id = connection.account_id AND held_by IS NOT NULL
    ) AS held
    GROUP BY held_by
) AS found;
