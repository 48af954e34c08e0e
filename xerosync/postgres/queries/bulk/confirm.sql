-- name: confirm(account_id, bulk_id, by)^
-- Confirm an act, unless somebody did; it stays locked until the transaction ends.
UPDATE bulk_acts SET confirmed_by = :by, confirmed_at = now()
WHERE account_id = :account_id AND bulk_id = :bulk_id AND confirmed_at IS NULL
RETURNING *;
