-- name: wait_no_longer(milliseconds)$
-- Give up a statement of this transaction that waits for a lock for so long.
SELECT set_config('lock_timeout', :milliseconds, true);
