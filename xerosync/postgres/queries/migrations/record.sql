-- name: record(number, name, digest)!
-- Record that a migration was applied.
INSERT INTO schema_migrations (number, name, digest) VALUES (:number, :name, :digest);
