-- name: forget(account_id, policy_names)!
-- Forget the secrets of policies that are gone.
DELETE FROM webhook_secrets WHERE account_id = :account_id AND policy_name = ANY(:policy_names::text[]);
