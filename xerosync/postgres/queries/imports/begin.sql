-- name: begin(account_id, import_id)!
-- Drop the report and the directory of an account's other imports.
WITH report AS (
    DELETE FROM import_rows WHERE account_id = :account_id AND import_id <> :import_id
)
DELETE FROM known_customers WHERE account_id = :account_id AND import_id <> :import_id;
