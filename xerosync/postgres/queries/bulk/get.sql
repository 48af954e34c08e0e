-- name: get(account_id, bulk_id)^
-- Return an act.
SELECT * FROM bulk_acts WHERE account_id = :account_id AND bulk_id = :bulk_id;

-- name: settled(account_id, bulk_id)^
-- Return an act once nobody is confirming it at this moment.
SELECT * FROM bulk_acts WHERE account_id = :account_id AND bulk_id = :bulk_id FOR SHARE;
