-- What a person wants left alone, and the way to a document's page in the organisation that it is in.

ALTER TABLE documents
    ADD COLUMN short_code text,
    ADD COLUMN ignored_because text,
    ADD COLUMN ignored_by text,
    ADD COLUMN ignored_since timestamptz,
    ADD CHECK (num_nulls(ignored_because, ignored_by, ignored_since) IN (0, 3));

UPDATE documents SET short_code = connections.short_code
FROM connections
WHERE connections.account_id = documents.account_id AND connections.tenant_id = documents.tenant_id
    AND xero_id IS NOT NULL;
