-- name: rights(role)$
-- Write the statements that let a role work with the tables of the one who asks, and change none of them.
SELECT format('GRANT CONNECT ON DATABASE %I TO %I; GRANT USAGE ON SCHEMA %I TO %2$I; ',
              current_database(), :role::text, current_schema())
       || coalesce(string_agg(format('GRANT %s ON TABLE %s TO %I;',
              CASE relname WHEN 'schema_migrations' THEN 'SELECT' ELSE 'SELECT, INSERT, UPDATE, DELETE' END,
              oid::regclass, :role::text), ' '), '')
FROM pg_class
WHERE relkind = 'r' AND relnamespace = quote_ident(current_schema())::regnamespace
  AND pg_get_userbyid(relowner) = current_user;
