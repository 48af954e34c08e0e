-- A link is written as it was last read, or read again: one question fewer before it, one fewer after.

ALTER TABLE documents ADD COLUMN revision bigint NOT NULL DEFAULT 0;
