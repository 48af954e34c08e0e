-- When Sequence was asked for what it last told of a document: of two attempts that overlap, the one that asked later counts.

ALTER TABLE documents ADD COLUMN sequence_read_at timestamptz;
