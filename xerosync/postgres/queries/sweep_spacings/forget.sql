-- name: forget(account_id, tenant_id)!
-- Forget how far apart an account's sweeps were where it was connected to another organisation.
DELETE FROM sweep_spacings WHERE account_id = :account_id AND EXISTS (
    SELECT FROM connections WHERE account_id = :account_id AND tenant_id <> :tenant_id
);
