-- name: save(account_id, grant_id, tenant_id, organisation_name, short_code, base_currency, default_ledger_account, exempt_tax_type, status, connected_at, sweep_interval, push_new_customers, report_payments, allocate_credit_notes)!
-- Write an account's connection, whether or not it had one.
INSERT INTO connections (
    account_id, grant_id, tenant_id, organisation_name, short_code, base_currency, default_ledger_account,
    exempt_tax_type, status, connected_at, sweep_interval, push_new_customers, report_payments, allocate_credit_notes
)
VALUES (
    :account_id, :grant_id, :tenant_id, :organisation_name, :short_code, :base_currency, :default_ledger_account,
    :exempt_tax_type, :status, :connected_at, :sweep_interval, :push_new_customers, :report_payments, :allocate_credit_notes
)
ON CONFLICT (account_id) DO UPDATE SET
    grant_id = excluded.grant_id,
    tenant_id = excluded.tenant_id,
    organisation_name = excluded.organisation_name,
    short_code = excluded.short_code,
    base_currency = excluded.base_currency,
    default_ledger_account = excluded.default_ledger_account,
    exempt_tax_type = excluded.exempt_tax_type,
    status = excluded.status,
    connected_at = excluded.connected_at,
    sweep_interval = excluded.sweep_interval,
    push_new_customers = excluded.push_new_customers,
    report_payments = excluded.report_payments,
    allocate_credit_notes = excluded.allocate_credit_notes,
    updated_at = now();
