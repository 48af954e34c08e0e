-- Lists of an account's documents, by any filter: alarms first, then the last changed.

-- The words of a document that a person searches by.
CREATE FUNCTION document_words(number text, customer_name text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector(
    'simple',
    regexp_replace(COALESCE(number, '') || ' ' || COALESCE(customer_name, ''), '[^[:alnum:]]+', ' ', 'g')
);

CREATE INDEX documents_of_account ON documents (account_id, is_alarm, updated_at, kind, document_id);
CREATE INDEX documents_by_state ON documents (account_id, state, is_alarm, updated_at, kind, document_id)
    INCLUDE (held_by, ignored_since);
CREATE INDEX documents_by_hold ON documents (account_id, held_by, is_alarm, updated_at, kind, document_id)
    WHERE held_by IS NOT NULL;
CREATE INDEX documents_ignored ON documents (account_id, is_alarm, updated_at, kind, document_id)
    WHERE ignored_since IS NOT NULL;
CREATE INDEX documents_drifted ON documents (account_id, is_alarm, updated_at, kind, document_id)
    WHERE xero_id IS NOT NULL AND gross_total <> xero_total;
CREATE INDEX documents_words ON documents USING gin (document_words(number, customer_name));
DROP INDEX documents_state;
