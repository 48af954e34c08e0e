-- name: end(account_id, preview_id)!
-- Keep that a preview has all documents.
UPDATE backfill_previews SET ended_at = clock_timestamp() WHERE account_id = :account_id AND preview_id = :preview_id;
