-- name: prepare_digest()!
-- Have a record that was begun before digests were kept say that its migrations are unknown ones.
ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS digest text NOT NULL DEFAULT '';
