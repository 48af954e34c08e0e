-- How far documents are paid in Xero, and what Sequence was told of it.

ALTER TABLE connections ADD COLUMN report_payments boolean NOT NULL DEFAULT true;

ALTER TABLE documents
    -- nothing, part or full; null is nothing
    ADD COLUMN xero_payment text,
    -- how far it was paid when Sequence was last told; null: never
    ADD COLUMN reported_payment text,
    -- whether it stays open until it is paid, as the connection had it when the document was last read
    ADD COLUMN reports_payments boolean NOT NULL DEFAULT false;

UPDATE documents SET xero_payment = 'full' WHERE xero_status = 'PAID';
