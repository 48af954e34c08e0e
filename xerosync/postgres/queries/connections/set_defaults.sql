-- name: set_defaults(account_id, default_ledger_account, exempt_tax_type, sweep_interval, push_new_customers, report_payments, allocate_credit_notes)^
-- Set what a person decides for an account's connection; what is null stays as it is.
UPDATE connections SET
    default_ledger_account = COALESCE(:default_ledger_account, default_ledger_account),
    exempt_tax_type = COALESCE(:exempt_tax_type, exempt_tax_type),
    sweep_interval = COALESCE(:sweep_interval, sweep_interval),
    push_new_customers = COALESCE(:push_new_customers, push_new_customers),
    report_payments = COALESCE(:report_payments, report_payments),
    allocate_credit_notes = COALESCE(:allocate_credit_notes, allocate_credit_notes),
    updated_at = now()
WHERE account_id = :account_id
RETURNING account_id, grant_id, tenant_id, organisation_name, short_code, base_currency, default_ledger_account,
    exempt_tax_type, status, connected_at, sweep_interval, push_new_customers, report_payments, allocate_credit_notes;
