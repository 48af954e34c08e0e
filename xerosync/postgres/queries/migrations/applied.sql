-- name: applied()
-- List the migrations that were applied, in their order.
SELECT number, name, digest FROM schema_migrations ORDER BY number;
