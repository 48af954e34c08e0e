-- What a person sets for a connection, what was read of its organisation, and whose books a document is in.

ALTER TABLE connections
    -- when somebody last connected it; what was met before then does not end it
    ADD COLUMN connected_at timestamptz,
    -- null: as the settings say
    ADD COLUMN sweep_interval interval,
    ADD COLUMN push_new_customers boolean NOT NULL DEFAULT false;

UPDATE connections SET connected_at = created_at;

-- The organisation of each account as it was last read.
CREATE TABLE charts (
    account_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    accounts jsonb NOT NULL,
    tax_rates jsonb NOT NULL,
    currencies text[] NOT NULL,
    read_at timestamptz NOT NULL
);

-- The organisation that the intent and the view of Xero are of.
ALTER TABLE documents ADD COLUMN tenant_id text;

UPDATE documents SET tenant_id = connections.tenant_id
FROM connections
WHERE connections.account_id = documents.account_id AND (xero_id IS NOT NULL OR intent_at IS NOT NULL);
