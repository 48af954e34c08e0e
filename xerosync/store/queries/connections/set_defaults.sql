-- name: set_defaults(account_id, default_ledger_account, exempt_tax_type)^
-- Set an account's default ledger account and exempt tax type; one that is null stays as it is.
UPDATE connections SET
    default_ledger_account = COALESCE(:default_ledger_account, default_ledger_account),
    exempt_tax_type = COALESCE(:exempt_tax_type, exempt_tax_type),
    updated_at = now()
WHERE account_id = :account_id
RETURNING account_id, grant_id, tenant_id, organisation_name, short_code, base_currency, default_ledger_account,
    exempt_tax_type, status;
