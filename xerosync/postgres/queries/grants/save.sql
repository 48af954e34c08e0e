-- name: save(grant_id, revision, kind, access_token, expires_at, refresh_token, previous_refresh_token, scopes, is_revoked)$
-- Write a grant if nobody else has since that revision, and return the new one.
UPDATE grants SET
    kind = :kind,
    access_token = :access_token,
    expires_at = :expires_at,
    refresh_token = :refresh_token,
    previous_refresh_token = :previous_refresh_token,
    scopes = :scopes,
    is_revoked = :is_revoked,
    revision = revision + 1,
    updated_at = now()
WHERE grant_id = :grant_id AND revision = :revision
RETURNING revision;
