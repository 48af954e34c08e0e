-- name: list(account_id, contact_ids)
-- List an account's report by name: all of it, or, where it is given, of some contacts.
SELECT contact_id, import_id, name, email, outcome, reasons, customer_id FROM import_rows
WHERE account_id = :account_id AND (:contact_ids::text[] IS NULL OR contact_id = ANY(:contact_ids))
ORDER BY lower(name), contact_id;
