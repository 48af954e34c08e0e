-- name: get(account_id)^
-- Read what is kept of an account's organisation.
SELECT tenant_id, accounts, tax_rates, currencies, read_at FROM charts WHERE account_id = :account_id;
