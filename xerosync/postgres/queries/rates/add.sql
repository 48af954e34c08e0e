-- name: add(name)!
-- Begin to count something by the minute, unless another worker just did.
INSERT INTO rates (name) VALUES (:name) ON CONFLICT DO NOTHING;
