-- name: add(grant_id, kind, access_token, expires_at, refresh_token, previous_refresh_token, scopes, is_revoked)!
-- Write a grant, whether or not there was one of that id.
INSERT INTO grants (
    grant_id, kind, access_token, expires_at, refresh_token, previous_refresh_token, scopes, is_revoked
)
VALUES (
    :grant_id, :kind, :access_token, :expires_at, :refresh_token, :previous_refresh_token, :scopes, :is_revoked
)
ON CONFLICT (grant_id) DO UPDATE SET
    kind = excluded.kind,
    access_token = excluded.access_token,
    expires_at = excluded.expires_at,
    refresh_token = excluded.refresh_token,
    previous_refresh_token = excluded.previous_refresh_token,
    scopes = excluded.scopes,
    is_revoked = excluded.is_revoked,
    revision = grants.revision + 1,
    updated_at = now();
