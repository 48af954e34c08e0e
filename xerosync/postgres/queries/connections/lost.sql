-- name: lost(account_id, since)!
-- Note that Xero did not let an account in, unless somebody connected it again since that was tried.
UPDATE connections SET status = 'disconnected', updated_at = now()
WHERE account_id = :account_id AND status <> 'disconnected' AND (connected_at IS NULL OR connected_at <= :since);
