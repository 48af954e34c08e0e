-- name: say_alive()!
-- Note that a copy of the edge takes deliveries.
INSERT INTO edge_alive (only_row, alive_at) VALUES (true, now())
ON CONFLICT (only_row) DO UPDATE SET alive_at = excluded.alive_at;
