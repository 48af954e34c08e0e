-- name: record(number, name)!
-- Record that a migration was applied.
INSERT INTO schema_migrations (number, name) VALUES (:number, :name);
