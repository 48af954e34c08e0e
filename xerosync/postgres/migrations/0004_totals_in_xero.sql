-- Xero's total of a document as the push left it, in the document's currency: where it is not Sequence's, that shows.

ALTER TABLE documents ADD COLUMN xero_total numeric;
