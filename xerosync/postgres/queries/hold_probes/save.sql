-- name: save(account_id, probe)!
-- Keep a probe at an account's holds, in place of the one before.
INSERT INTO hold_probes (account_id, probe) VALUES (:account_id, :probe)
ON CONFLICT (account_id) DO UPDATE SET probe = excluded.probe;
