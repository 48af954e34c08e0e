-- name: day_left(tenant_id)$
-- Return how many calls of the day an organisation has left.
SELECT day_left FROM xero_budgets WHERE tenant_id = :tenant_id;
