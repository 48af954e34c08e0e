-- name: outcomes(account_id)
-- Count an account's report by what became of the contacts.
SELECT outcome, count(*)::integer AS contacts FROM import_rows WHERE account_id = :account_id GROUP BY outcome;

-- name: part(account_id, outcome, skip, limit)
-- List a part of an account's report, of one outcome, by name.
SELECT contact_id, import_id, name, email, outcome, reasons, customer_id FROM import_rows
WHERE account_id = :account_id AND outcome = :outcome
ORDER BY left(lower(name), 100), contact_id
OFFSET :skip LIMIT :limit;
