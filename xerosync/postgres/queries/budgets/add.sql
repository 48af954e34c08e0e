-- name: add(tenant_id)!
-- Begin to count an organisation's calls, unless another worker just did.
INSERT INTO xero_budgets (tenant_id) VALUES (:tenant_id) ON CONFLICT DO NOTHING;
