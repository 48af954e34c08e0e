-- Whether credit notes are set against the invoices that they credit, and how far that is.

ALTER TABLE connections ADD COLUMN allocate_credit_notes boolean NOT NULL DEFAULT false;

-- none, wanted, awaited or done
ALTER TABLE documents ADD COLUMN allocation text NOT NULL DEFAULT 'none';
