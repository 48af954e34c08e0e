-- name: list()
-- List all connections.
SELECT account_id, grant_id, tenant_id, organisation_name, short_code, base_currency, default_ledger_account,
    exempt_tax_type, status, connected_at, sweep_interval, push_new_customers, report_payments, allocate_credit_notes
FROM connections ORDER BY account_id;
