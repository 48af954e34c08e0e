-- name: discard(account_id, bulk_id)!
-- Drop an act that nobody confirmed.
DELETE FROM bulk_acts WHERE account_id = :account_id AND bulk_id = :bulk_id AND confirmed_at IS NULL;
