-- Sequence's reference as it was last brought to Xero, whether or not the document was sent by then; null: not known.

ALTER TABLE documents ADD COLUMN brought_reference_digest text;

UPDATE documents SET brought_reference_digest = applied_reference_digest;
