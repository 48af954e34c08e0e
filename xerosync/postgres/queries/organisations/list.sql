-- name: list()
-- List the names of all organisations.
SELECT tenant_id, name FROM organisations;
