-- name: get(grant_id)^
-- Read a grant, tokens encrypted.
SELECT grant_id, kind, access_token, expires_at, refresh_token, previous_refresh_token, scopes, is_revoked, revision
FROM grants WHERE grant_id = :grant_id;
