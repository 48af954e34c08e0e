-- name: add(name)!
-- Begin to pace something, unless another worker just did.
INSERT INTO paces (name) VALUES (:name) ON CONFLICT DO NOTHING;
