-- name: has_role(role)$
-- Say whether there is a role of that name which is not the one who asks.
SELECT rolname <> current_user FROM pg_roles WHERE rolname = :role;
