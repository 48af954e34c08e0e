-- name: away_since(longest)$
-- Return when a copy of the edge last took deliveries, if that is longer ago than it may be.
SELECT alive_at FROM edge_alive WHERE alive_at < now() - :longest::interval;
