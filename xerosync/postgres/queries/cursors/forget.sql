-- name: forget(account_id, tenant_id)!
-- Drop an account's cursors where it was connected to another organisation: they are about that one's changes.
DELETE FROM sweep_cursors WHERE account_id = :account_id AND EXISTS (
    SELECT FROM connections WHERE account_id = :account_id AND tenant_id <> :tenant_id
);
