-- Accounts, grants, connections, and the links of customers and documents to Xero.
-- Secrets and tokens are Fernet ciphertext; instants are UTC; amounts are exact, in the row's currency.

-- Credentials of Sequence accounts. The one account of the settings needs no row.
CREATE TABLE accounts (
    account_id text PRIMARY KEY,
    sequence_client_id text NOT NULL,
    sequence_client_secret bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- One row a person's consent. The revision rises with every save, so that a late writer is noticed.
CREATE TABLE grants (
    grant_id text PRIMARY KEY,
    kind text NOT NULL,
    access_token bytea,
    expires_at timestamptz,
    refresh_token bytea,
    previous_refresh_token bytea,
    scopes text[] NOT NULL DEFAULT '{}',
    is_revoked boolean NOT NULL DEFAULT false,
    revision bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE connections (
    account_id text PRIMARY KEY,
    grant_id text NOT NULL,
    tenant_id text NOT NULL,
    organisation_name text NOT NULL,
    short_code text NOT NULL,
    base_currency text NOT NULL,
    default_ledger_account text,
    exempt_tax_type text NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Several customers may share a contact; a customer has one.
CREATE TABLE customer_links (
    account_id text NOT NULL,
    customer_id text NOT NULL,
    contact_id text NOT NULL,
    customer_name text,
    linked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, customer_id)
);

CREATE INDEX customer_links_contact ON customer_links (account_id, contact_id);

-- One row a document. Groups of columns are there together or not at all, each told by its first one.
CREATE TABLE documents (
    account_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    document_id text NOT NULL,
    number text,
    customer_id text,
    customer_name text,
    currency text,
    gross_total numeric,
    -- as Sequence last told it; the header is there when its reference_digest is
    sequence_status text,
    issue_date date,
    due_date date,
    reference_digest text,
    -- as Xero last showed it
    xero_id text,
    xero_status text,
    xero_sent boolean,
    xero_issue_date date,
    xero_due_date date,
    xero_seen_at timestamptz,
    -- Sequence's header as it was last brought to Xero
    applied_reference_digest text,
    applied_issue_date date,
    applied_due_date date,
    -- written before a create is sent
    intent_at timestamptz,
    intent_number text,
    intent_payload_digest text,
    -- the hold that a step met
    hold_reason text,
    hold_words text,
    hold_since timestamptz,
    -- what the lifecycle makes of all this: the state, and the reason of the hold in force
    state text NOT NULL,
    held_by text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, kind, document_id),
    CHECK (num_nulls(xero_id, xero_status, xero_sent, xero_seen_at) IN (0, 4)),
    CHECK (num_nulls(intent_at, intent_number, intent_payload_digest) IN (0, 3)),
    CHECK (num_nulls(hold_reason, hold_words, hold_since) IN (0, 3))
);

-- One document of Xero belongs to one document of ours.
CREATE UNIQUE INDEX documents_xero_id ON documents (account_id, xero_id, kind) WHERE xero_id IS NOT NULL;
CREATE INDEX documents_open ON documents (account_id, kind)
    WHERE xero_id IS NOT NULL AND state NOT IN ('settled', 'voided');
CREATE INDEX documents_number ON documents (number);
CREATE INDEX documents_state ON documents (state, account_id);
CREATE INDEX documents_held ON documents (account_id, held_by, customer_id) WHERE held_by IS NOT NULL;
CREATE INDEX documents_customer ON documents (account_id, customer_id);
CREATE INDEX documents_changed ON documents (updated_at DESC);

CREATE TABLE sweep_cursors (
    account_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    read_until timestamptz NOT NULL,
    PRIMARY KEY (account_id, kind)
);
