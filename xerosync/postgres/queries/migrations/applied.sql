-- name: applied()
-- List the migrations that were applied, in their order.
SELECT number, name FROM schema_migrations ORDER BY number;
