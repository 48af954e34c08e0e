-- Views of Xero are ordered by when they were seen, what we did by this number: a late answer must not undo either.

ALTER TABLE documents ADD COLUMN xero_revision bigint NOT NULL DEFAULT 0;
