-- What was sent, but stands in Xero dated 3000, comes first in every list.
ALTER TABLE documents ADD COLUMN is_alarm boolean NOT NULL GENERATED ALWAYS AS (
    COALESCE(
        sequence_status = 'SENT' AND ignored_since IS NULL AND xero_status NOT IN ('VOIDED', 'DELETED')
        AND (
            COALESCE(xero_issue_date = DATE '3000-01-01', false) OR COALESCE(xero_due_date = DATE '3000-01-01', false)
        ),
        false
    )
) STORED;

DROP INDEX documents_changed;
CREATE INDEX documents_listed ON documents (is_alarm DESC, updated_at DESC);
