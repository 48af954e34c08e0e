-- name: ids()
-- Name all grants.
SELECT grant_id FROM grants ORDER BY grant_id;
