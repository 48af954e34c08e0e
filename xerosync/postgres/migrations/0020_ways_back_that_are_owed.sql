-- Whether the note that leads from a credit note in Xero back to Sequence is still to be written.
ALTER TABLE documents ADD COLUMN origin_owed boolean NOT NULL DEFAULT false;
CREATE INDEX documents_origin_owed ON documents (account_id, created_at) WHERE origin_owed;
