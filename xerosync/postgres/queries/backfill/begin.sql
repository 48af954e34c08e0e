-- name: begin(account_id, preview_id, since)!
-- Begin a preview, or begin it again; the one before is dropped.
WITH before AS (
    DELETE FROM backfill_rows WHERE account_id = :account_id AND preview_id <> :preview_id
)
INSERT INTO backfill_previews (account_id, preview_id, since) VALUES (:account_id, :preview_id, :since)
ON CONFLICT (account_id) DO UPDATE SET
    preview_id = excluded.preview_id, since = excluded.since, began_at = clock_timestamp(), ended_at = NULL
WHERE backfill_previews.preview_id <> excluded.preview_id;
