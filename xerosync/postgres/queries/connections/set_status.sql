-- name: set_status(account_id, status)^
-- Set whether Xero lets an account in.
UPDATE connections SET status = :status, updated_at = now()
WHERE account_id = :account_id
RETURNING account_id, grant_id, tenant_id, organisation_name, short_code, base_currency, default_ledger_account,
    exempt_tax_type, status, connected_at, sweep_interval, push_new_customers, report_payments, allocate_credit_notes;
