-- name: add(account_id, kind, document_id, state)!
-- Make an empty link, unless another transaction just did.
INSERT INTO documents (account_id, kind, document_id, state)
VALUES (:account_id, :kind, :document_id, :state)
ON CONFLICT DO NOTHING;
