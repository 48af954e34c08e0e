-- name: forget(days)!
-- Forget what is older than some days and was not left pending.
DELETE FROM deliveries WHERE received_at < now() - make_interval(days => :days::integer) AND outcome <> 'pending';
