-- name: save(account_id, tenant_id, accounts, tax_rates, currencies, read_at)!
-- Keep what was read of an account's organisation, in place of what was kept before.
INSERT INTO charts (account_id, tenant_id, accounts, tax_rates, currencies, read_at)
VALUES (:account_id, :tenant_id, :accounts, :tax_rates, :currencies, :read_at)
ON CONFLICT (account_id) DO UPDATE SET
    tenant_id = excluded.tenant_id,
    accounts = excluded.accounts,
    tax_rates = excluded.tax_rates,
    currencies = excluded.currencies,
    read_at = excluded.read_at;
