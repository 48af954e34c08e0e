-- name: begin(account_id, import_id, is_whole)!
-- Drop the directory of an account's other imports, and the report, unless this import is of chosen contacts alone.
WITH report AS (
    DELETE FROM import_rows WHERE :is_whole::boolean AND account_id = :account_id AND import_id <> :import_id
)
DELETE FROM known_customers WHERE account_id = :account_id AND import_id <> :import_id;
