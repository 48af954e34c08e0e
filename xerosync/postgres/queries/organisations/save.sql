-- name: save(tenant_id, name)!
-- Keep the name of an organisation.
INSERT INTO organisations (tenant_id, name) VALUES (:tenant_id, :name)
ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name WHERE organisations.name <> excluded.name;
