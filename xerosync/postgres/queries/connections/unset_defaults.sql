-- name: unset_defaults(account_id, names)^
-- Take back what a person decided for an account's connection: the columns that are named.
UPDATE connections SET
    default_ledger_account = CASE WHEN 'ledger-account' = ANY(:names::text[]) THEN NULL ELSE default_ledger_account END,
    exempt_tax_type = CASE WHEN 'exempt-tax' = ANY(:names::text[]) THEN 'NONE' ELSE exempt_tax_type END,
    sweep_interval = CASE WHEN 'sweep-interval' = ANY(:names::text[]) THEN NULL ELSE sweep_interval END,
    updated_at = now()
WHERE account_id = :account_id
RETURNING account_id, grant_id, tenant_id, organisation_name, short_code, base_currency, default_ledger_account,
    exempt_tax_type, status, connected_at, sweep_interval, push_new_customers, report_payments, allocate_credit_notes;
