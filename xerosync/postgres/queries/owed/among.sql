-- name: among(account_id, act, subjects)
-- List those of some subjects for which an account owes an act.
SELECT subject FROM owed_acts
WHERE account_id = :account_id AND act = :act AND subject = ANY(:subjects::text[]);
