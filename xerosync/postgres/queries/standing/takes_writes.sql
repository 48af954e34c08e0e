-- name: takes_writes()$
-- Say whether the database takes writes: a standby does not, nor one that was set to read only.
SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off';
