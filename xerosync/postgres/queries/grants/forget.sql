-- name: forget(grant_id)!
-- Drop a grant that no connection uses.
DELETE FROM grants WHERE grant_id = :grant_id
    AND NOT EXISTS (SELECT FROM connections WHERE connections.grant_id = :grant_id AND status = 'connected');
