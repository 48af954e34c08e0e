-- name: forget(account_id, tenant_id)!
-- Drop the links of an account's customers where it was connected to another organisation: they name that one's contacts.
DELETE FROM customer_links WHERE account_id = :account_id AND EXISTS (
    SELECT FROM connections WHERE account_id = :account_id AND tenant_id <> :tenant_id
);
