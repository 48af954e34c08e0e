-- What happened to each document and why, beyond the time that Temporal keeps histories. No names of customers.

CREATE TABLE document_entries (
    account_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    document_id text NOT NULL,
    entry_id bigint GENERATED ALWAYS AS IDENTITY,
    first_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    times integer NOT NULL DEFAULT 1,
    happened text NOT NULL,
    -- statuses, ids, dates, amounts
    facts jsonb NOT NULL,
    words text NOT NULL,
    -- an activity and the signal it acted on, or a person
    caused_by text NOT NULL,
    heard text NOT NULL,
    who text NOT NULL,
    -- null: it stands for itself. Else it counts as one with its like of the same spell, from a lasting entry to the next
    alike text,
    spell bigint NOT NULL,
    PRIMARY KEY (account_id, kind, document_id, entry_id)
);

CREATE UNIQUE INDEX document_entries_alike ON document_entries (account_id, kind, document_id, spell, alike)
    WHERE alike IS NOT NULL;
