-- All tables. Secrets and tokens are Fernet ciphertext; instants are UTC; amounts are exact, in the row's currency.

-- Credentials of Sequence accounts. The one account of the settings needs no row.
CREATE TABLE accounts (
    account_id text PRIMARY KEY,
    sequence_client_id text NOT NULL,
    sequence_client_secret bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- One row for each consent of a person in Xero. The revision rises with every save, so that a late writer is noticed.
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

-- The organisation of Xero that each account is connected to, and the options that a person set for it.
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
    connected_at timestamptz, -- when somebody last connected it: an error from before then does not disconnect it
    sweep_interval interval, -- null: as the settings say
    push_new_customers boolean NOT NULL DEFAULT false,
    report_payments boolean NOT NULL DEFAULT true,
    allocate_credit_notes boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- The organisations that accounts are or were connected to: what was left in one is still called by its name.
CREATE TABLE organisations (
    tenant_id text PRIMARY KEY,
    name text NOT NULL
);

-- The ledger accounts, tax rates and currencies of each account's organisation as they were last read.
CREATE TABLE charts (
    account_id text PRIMARY KEY,
    tenant_id text NOT NULL,
    accounts jsonb NOT NULL,
    tax_rates jsonb NOT NULL,
    currencies text[] NOT NULL,
    read_at timestamptz NOT NULL
);

-- What an account's organisation offered when a probe last tried whether the cause of a hold is gone; no row while no
-- document is so held. `probe` is the model `HoldProbe`: ids, codes and an instant.
CREATE TABLE hold_probes (
    account_id text PRIMARY KEY,
    probe jsonb NOT NULL
);

-- Up to when a sweep read the changes in Xero.
CREATE TABLE sweep_cursors (
    account_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    read_until timestamptz NOT NULL,
    PRIMARY KEY (account_id, kind)
);

-- How far apart an account's sweeps of Xero are: the model `Spacing`. A person may ask for one that does not rest.
CREATE TABLE sweep_spacings (
    account_id text PRIMARY KEY,
    spacing jsonb, -- null: before the first sweep
    asked_at timestamptz
);

-- When an account's last comparison with Sequence began, and since when its documents are this product's matter.
-- Another one may be asked for where Sequence did not call us for a while.
CREATE TABLE sequence_cursors (
    account_id text PRIMARY KEY,
    since timestamptz NOT NULL,
    compared_at timestamptz NOT NULL,
    asked_at timestamptz
);

-- Which documents of Sequence were issued before the account was connected, with their status at its first comparison.
CREATE TABLE earlier_documents (
    account_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    document_id text NOT NULL,
    status text NOT NULL,
    PRIMARY KEY (account_id, kind, document_id)
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
CREATE INDEX customer_links_named ON customer_links (linked_at, account_id, customer_id)
    WHERE customer_name IS NOT NULL;

-- Written before a customer is created in Sequence (its alias) or a contact in Xero (`customer:ID`), and dropped
-- when its link is stored: while it stands, the create may or may not have happened.
CREATE TABLE customer_intents (
    account_id text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (account_id, subject)
);

-- Why pushes of customers wait.
CREATE TABLE customer_push_holds (
    account_id text NOT NULL,
    customer_id text NOT NULL,
    words text NOT NULL, -- what is wrong and what to do
    at timestamptz NOT NULL, -- when a push last met it
    PRIMARY KEY (account_id, customer_id)
);

-- The report of the account's last import of customers: one row a contact. Names and addresses of e-mail stand here,
-- not in Temporal's histories; a new import drops the rows of those before, one of chosen contacts replaces their own.
CREATE TABLE import_rows (
    account_id text NOT NULL,
    contact_id text NOT NULL,
    import_id text NOT NULL,
    name text NOT NULL,
    email text,
    outcome text NOT NULL,
    reasons text[] NOT NULL,
    customer_id text, -- the customer that the contact is linked to, or likely the same as
    kept_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, contact_id)
);
CREATE INDEX import_rows_by_age ON import_rows (kept_at);
CREATE INDEX import_rows_by_outcome ON import_rows (account_id, outcome, left(lower(name), 100), contact_id);

-- The customers of Sequence as they were when the import began; the import compares contacts with them.
CREATE TABLE known_customers (
    account_id text NOT NULL,
    customer_id text NOT NULL,
    import_id text NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    tax_number text,
    tax_key text,
    emails text[], -- null: not read yet
    email_keys text[],
    contact_id text, -- the link that Sequence keeps
    kept_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, customer_id)
);
CREATE INDEX known_customers_by_age ON known_customers (kept_at);

-- One row a document. Columns of a group are all set or all null; the first one of the group shows which. What lists and
-- sums are made of stands first: PostgreSQL reads a row from its beginning.
CREATE TABLE documents (
    account_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    document_id text NOT NULL,
    -- what the lifecycle makes of all the rest: the state, and the reason of the hold in force
    state text NOT NULL,
    held_by text,
    currency text,
    gross_total numeric,
    number text,
    customer_id text,
    customer_name text,
    -- what a person searches by; kept, since to make it for each document of a list takes as long as all the rest
    words tsvector NOT NULL GENERATED ALWAYS AS (
        to_tsvector(
            'simple',
            regexp_replace(COALESCE(number, '') || ' ' || COALESCE(customer_name, ''), '[^[:alnum:]]+', ' ', 'g')
        )
    ) STORED,
    -- as Sequence last showed it; the header is set when its reference_digest is
    sequence_status text,
    sequence_read_at timestamptz, -- when Sequence was asked: of two reads that overlap, the later one counts
    sent_since timestamptz, -- when it was first read as sent
    issue_date date,
    due_date date,
    reference_digest text,
    -- the organisation that the intent and the Xero columns are of
    tenant_id text,
    short_code text,
    -- as Xero last showed it
    xero_id text,
    xero_status text,
    xero_sent boolean,
    xero_issue_date date,
    xero_due_date date,
    xero_seen_at timestamptz,
    xero_updated_at timestamptz, -- Xero's own stamp of that
    xero_payment text, -- nothing, part or full; null is nothing
    xero_total numeric, -- as the push left it
    -- what is paid, credited and open there, and when that was seen; null: nothing was ever paid or credited
    xero_paid numeric,
    xero_credited numeric,
    xero_open numeric,
    xero_amounts_seen_at timestamptz,
    -- counts our own writes: views are ordered by xero_seen_at, writes by this, so that a late answer undoes neither
    xero_revision bigint NOT NULL DEFAULT 0,
    adopted_by_hand boolean NOT NULL DEFAULT false, -- a person said which document of Xero it is
    -- Sequence's header as it was last written to Xero
    applied_reference_digest text,
    applied_issue_date date,
    applied_due_date date,
    -- headers that a write of ours may have brought, its answer lost: [{issue_date, due_date, reference_digest}]
    unconfirmed_headers jsonb NOT NULL DEFAULT '[]',
    written_reference_digest text, -- as last written to Xero, sent or not; null: not known
    origin_owed boolean NOT NULL DEFAULT false, -- the note in Xero that leads back to Sequence is still to be written
    reported_payment text, -- how far it was paid when that was last reported to Sequence; null: never
    reporting_payment text, -- how far it was paid when a report last began; another than the one above: its answer was lost
    reporting_since timestamptz, -- when that one began; null: nothing of it can still arrive
    -- as the connection had it when the document was last read
    reports_payments boolean NOT NULL DEFAULT false, -- it stays open until it is paid
    allocation text NOT NULL DEFAULT 'none', -- of a credit note to its invoice
    -- written before a create is sent
    intent_at timestamptz,
    intent_number text,
    intent_payload_digest text,
    intent_reference_digest text, -- the header that it had then
    intent_issue_date date,
    intent_due_date date,
    -- the hold that a step met
    hold_reason text,
    hold_words text,
    hold_since timestamptz,
    hold_waits_for_push boolean NOT NULL DEFAULT false,
    -- the hold in force, whether a step met it or not: how often it was tried by itself, and when it is due again
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    -- a person's decision that nothing is done about it
    ignored_because text,
    ignored_by text,
    ignored_since timestamptz,
    -- it was sent, but stands in Xero dated 3000: it comes first in every list
    is_sent_but_3000 boolean NOT NULL GENERATED ALWAYS AS (
        COALESCE(
            sequence_status = 'SENT' AND ignored_since IS NULL AND xero_status NOT IN ('VOIDED', 'DELETED')
            AND (
                COALESCE(xero_issue_date = DATE '3000-01-01', false)
                OR COALESCE(xero_due_date = DATE '3000-01-01', false)
            ),
            false
        )
    ) STORED,
    revision bigint NOT NULL DEFAULT 0, -- a write names the one it read: another write since makes it fail
    has_details boolean NOT NULL DEFAULT true, -- a purge has not taken its timeline and its customer's name
    purged_at timestamptz, -- when a purge last took them
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, kind, document_id),
    CHECK (num_nulls(xero_id, xero_status, xero_sent, xero_seen_at) IN (0, 4)),
    CHECK (num_nulls(intent_at, intent_number, intent_payload_digest) IN (0, 3)),
    CHECK (num_nulls(hold_reason, hold_words, hold_since) IN (0, 3)),
    CHECK (num_nulls(ignored_because, ignored_by, ignored_since) IN (0, 3))
);

-- One document of Xero belongs to one document of ours.
CREATE UNIQUE INDEX documents_xero_id ON documents (account_id, xero_id, kind) WHERE xero_id IS NOT NULL;
CREATE INDEX documents_open ON documents (account_id, kind)
    WHERE xero_id IS NOT NULL AND state NOT IN ('settled', 'voided');
CREATE INDEX documents_waiting ON documents (account_id, kind, document_id COLLATE "C")
    WHERE state NOT IN ('settled', 'voided');
CREATE INDEX documents_due ON documents (account_id, next_try_at) WHERE held_by IS NOT NULL;
CREATE INDEX documents_number ON documents (lower(number));
CREATE INDEX documents_held ON documents (account_id, held_by, customer_id) WHERE held_by IS NOT NULL;
CREATE INDEX documents_customer ON documents (account_id, customer_id);
CREATE INDEX documents_origin_owed ON documents (account_id, created_at) WHERE origin_owed;
-- What a purge may take: nothing is open, held or in doubt.
CREATE INDEX documents_purgeable ON documents (updated_at)
    WHERE has_details AND state IN ('settled', 'voided')
        AND intent_at IS NULL AND hold_reason IS NULL AND NOT origin_owed;

-- Lists of an account's documents, by any filter: those that are sent but dated 3000 first, then the last changed. The
-- issue date stands last, so that the index alone says which documents are not of the asked days, however far down the
-- list those are.
CREATE INDEX documents_of_account ON documents (account_id, is_sent_but_3000, updated_at, kind, document_id, issue_date);
CREATE INDEX documents_by_state
    ON documents (account_id, state, is_sent_but_3000, updated_at, kind, document_id, issue_date)
    INCLUDE (held_by, sent_since, ignored_since, currency, gross_total);
CREATE INDEX documents_by_hold
    ON documents (account_id, held_by, is_sent_but_3000, updated_at, kind, document_id, issue_date)
    INCLUDE (hold_since, ignored_since, currency, gross_total) WHERE held_by IS NOT NULL;
CREATE INDEX documents_ignored ON documents (account_id, is_sent_but_3000, updated_at, kind, document_id)
    WHERE ignored_since IS NOT NULL;
CREATE INDEX documents_drifted ON documents (account_id, is_sent_but_3000, updated_at, kind, document_id)
    WHERE xero_id IS NOT NULL AND gross_total <> xero_total;

-- How many a filter lets through and what they add up to, from the index alone.
CREATE INDEX documents_issued ON documents (account_id, issue_date)
    INCLUDE (kind, state, held_by, currency, gross_total);

-- The overview's chart, from the index alone.
CREATE INDEX documents_by_change ON documents (account_id, updated_at) INCLUDE (state);

CREATE INDEX documents_words ON documents USING gin (words);
-- By the usual statistics a word that none of a million documents has seems to be in thousands: then all are read in order.
ALTER TABLE documents ALTER COLUMN words SET STATISTICS 500;

-- Whether a document is an alarm: it is sent but dated 3000, and not because its dates are on their way there.
CREATE FUNCTION is_alarm(is_sent_but_3000 boolean, held_by text, sent_since timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN is_sent_but_3000
    AND (held_by IS NOT NULL OR COALESCE(sent_since, '-infinity') <= now() - interval '5 minutes');

-- The documents of an account that a filter lets through: the one place that says what each part of it means. A part
-- that is left out lets all through. The text becomes part of the query that asks, so that an index serves it.
CREATE FUNCTION chosen_documents(account text, filter jsonb) RETURNS SETOF documents
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT * FROM documents
    WHERE account_id = account
        AND (filter ->> 'state' IS NULL OR state = filter ->> 'state')
        AND (filter ->> 'hold' IS NULL OR held_by = filter ->> 'hold')
        AND (filter ->> 'kind' IS NULL OR kind = filter ->> 'kind')
        AND (filter ->> 'customer_id' IS NULL OR customer_id = filter ->> 'customer_id')
        AND (filter ->> 'words' IS NULL OR words @@ (filter ->> 'words')::tsquery)
        AND (filter ->> 'issued_from' IS NULL OR issue_date >= (filter ->> 'issued_from')::date)
        AND (filter ->> 'issued_to' IS NULL OR issue_date <= (filter ->> 'issued_to')::date)
        AND (filter ->> 'alarm' IS NULL OR is_alarm(is_sent_but_3000, held_by, sent_since))
        AND (filter ->> 'drift' IS NULL OR xero_id IS NOT NULL AND gross_total <> xero_total)
        AND (filter ->> 'ignored' IS NULL OR ignored_since IS NOT NULL)
$$;

-- What happened to each document and why, beyond the time that Temporal keeps histories. No names of customers.
CREATE TABLE timeline_entries (
    account_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    document_id text NOT NULL,
    entry_id bigint GENERATED ALWAYS AS IDENTITY,
    first_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    times integer NOT NULL DEFAULT 1,
    happened text NOT NULL,
    facts jsonb NOT NULL, -- statuses, ids, dates, amounts
    words text NOT NULL,
    caused_by text NOT NULL, -- an activity, or a person
    signal text NOT NULL, -- that the activity acted on
    who text NOT NULL,
    -- null: the entry is one change. Else equal entries between two changes are one row, and `times` counts them
    repeat_key text,
    after_change bigint NOT NULL, -- entry_id of the last change before it; 0: none
    PRIMARY KEY (account_id, kind, document_id, entry_id)
);

CREATE UNIQUE INDEX timeline_entries_repeated
    ON timeline_entries (account_id, kind, document_id, after_change, repeat_key) WHERE repeat_key IS NOT NULL;

-- What must follow something that was stored, until it is done: a signal to a document (`kind/id`), a customer's link to
-- be shown to Sequence, the documents of a customer or of a hold to be released.
CREATE TABLE owed_acts (
    account_id text NOT NULL,
    act text NOT NULL,
    subject text NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (account_id, act, subject)
);

-- What the last reconcile of an account found. A run that is under way stands beside the one that ended last.
CREATE TABLE reconciles (
    account_id text NOT NULL,
    run_id text NOT NULL,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    result jsonb, -- counts
    PRIMARY KEY (account_id, run_id)
);

-- One row a document that differs: ids, numbers, amounts, dates; no names.
CREATE TABLE reconcile_findings (
    account_id text NOT NULL,
    run_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    subject text NOT NULL,
    finding jsonb NOT NULL,
    is_uncertain boolean NOT NULL, -- it must be checked again before it counts
    PRIMARY KEY (account_id, run_id, kind, subject),
    FOREIGN KEY (account_id, run_id) REFERENCES reconciles ON DELETE CASCADE
);

-- What Xero lists of a kind while a reconcile compares it, each row until a document of Sequence takes it: the model
-- `XeroSummary`, without names. An attempt of a run has a listing of its own.
CREATE TABLE reconcile_listed (
    account_id text NOT NULL,
    run_id text NOT NULL,
    listing_id text NOT NULL,
    xero_id text NOT NULL,
    document_id text, -- whose link claims it
    origin text, -- the document of Sequence that its address leads to
    number_key text, -- of what no link claims: its number in small letters
    summary jsonb NOT NULL,
    PRIMARY KEY (listing_id, xero_id),
    FOREIGN KEY (account_id, run_id) REFERENCES reconciles ON DELETE CASCADE
);
CREATE INDEX reconcile_listed_of_run ON reconcile_listed (account_id, run_id);
CREATE INDEX reconcile_listed_claimed ON reconcile_listed (listing_id, document_id) WHERE document_id IS NOT NULL;
CREATE INDEX reconcile_listed_origin ON reconcile_listed (listing_id, origin) WHERE origin IS NOT NULL;
CREATE INDEX reconcile_listed_number ON reconcile_listed (listing_id, number_key) WHERE number_key IS NOT NULL;

-- The account's last preview of a backfill: it ended, or it is under way; since which issue date it looks.
CREATE TABLE backfill_previews (
    account_id text PRIMARY KEY,
    preview_id text NOT NULL,
    since date,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz
);

-- One row a document of it: the model `BackfillRow`, with the customer's name.
CREATE TABLE backfill_rows (
    account_id text NOT NULL,
    preview_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    document_id text NOT NULL,
    became text NOT NULL,
    row jsonb NOT NULL,
    PRIMARY KEY (account_id, kind, document_id)
);
CREATE INDEX backfill_rows_by_result ON backfill_rows (account_id, became, kind, document_id);
CREATE INDEX backfill_rows_held ON backfill_rows (account_id) WHERE row -> 'holds' <> '[]';

-- Acts of people on many documents at once. The list is frozen when somebody asks for the act; nothing happens before it
-- is confirmed, and then to those documents alone.
CREATE TABLE bulk_acts (
    bulk_id text PRIMARY KEY,
    account_id text NOT NULL,
    act text NOT NULL, -- retry, ignore, take_up, resync or push_again
    because text NOT NULL, -- the reason to ignore
    selection jsonb NOT NULL, -- the filter as it was set: the model `Selection`
    documents integer NOT NULL, -- that are frozen
    left_out integer NOT NULL, -- that passed the filter, but are not concerned
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    confirmed_by text,
    confirmed_at timestamptz,
    stopped_by text,
    stopped_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX bulk_acts_of_account ON bulk_acts (account_id, asked_at DESC);
CREATE INDEX bulk_acts_by_age ON bulk_acts ((COALESCE(ended_at, asked_at)))
    WHERE ended_at IS NOT NULL OR confirmed_at IS NULL;

-- One row a document of such a list: how it stood when the list was frozen, and what became of it.
CREATE TABLE bulk_documents (
    bulk_id text NOT NULL REFERENCES bulk_acts ON DELETE CASCADE,
    place integer NOT NULL,
    account_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    document_id text NOT NULL,
    state text NOT NULL,
    hold text,
    is_ignored boolean NOT NULL,
    sequence_status text,
    xero_id text,
    outcome text NOT NULL DEFAULT 'pending',
    words text NOT NULL DEFAULT '',
    failing_since timestamptz, -- it fails, and is tried again after the others
    done_at timestamptz,
    PRIMARY KEY (bulk_id, place)
);
CREATE INDEX bulk_documents_left ON bulk_documents (bulk_id, failing_since NULLS FIRST, place)
    WHERE outcome IN ('pending', 'begun');
CREATE INDEX bulk_documents_by_outcome ON bulk_documents (bulk_id, outcome, place);

-- Calls of the last minutes and how many are left, shared by all workers. All that decides about a call stands in one
-- row, read under its lock: calls in rows of their own would be read as of before the wait for that lock.

-- One row an organisation of Xero. What may be left of a day is known from Xero's answers; null before the first.
CREATE TABLE xero_budgets (
    tenant_id text PRIMARY KEY,
    ended timestamptz[] NOT NULL DEFAULT '{}', -- when calls ended, of the last two minutes
    flights jsonb NOT NULL DEFAULT '{}', -- when calls in flight began, by the id of their reservation
    day_left integer,
    day_seen_at timestamptz,
    held_until timestamptz -- Xero's Retry-After
) WITH (fillfactor = 25);

-- One row for each limit a minute that many share: of a key of Sequence, of the app at Xero. One count a second, the
-- newest first; that one is of the second `newest`, in seconds since the epoch.
CREATE TABLE rates (
    name text PRIMARY KEY,
    counts integer[] NOT NULL DEFAULT '{0}',
    newest bigint NOT NULL DEFAULT 0,
    held_until timestamptz
) WITH (fillfactor = 25);

INSERT INTO rates (name) VALUES ('xero app');

-- Deliveries of webhooks, one row a hint: what came, what it asks for and what came of it. Never a body, which holds
-- people. Rows go after 30 days, or sooner by a setting.
CREATE TABLE deliveries (
    provider text NOT NULL, -- sequence or xero
    digest bytea NOT NULL, -- SHA-256 of the delivery as it was signed
    place integer NOT NULL, -- of the hint within its delivery
    account_id text NOT NULL,
    type text NOT NULL, -- as the sender names it
    resource_id text NOT NULL,
    kind text, -- of the document that the hint is about
    number text, -- that the sender says it has
    act text NOT NULL, -- the signal or what else is asked for
    outcome text NOT NULL, -- pending, delivered or dropped
    received_at timestamptz NOT NULL DEFAULT now(),
    happened_at timestamptz, -- by Xero's clock, of what may be the echo of a write of ours; null: nothing of the kind
    traceparent text, -- by what the trace of the delivery goes on, where it was traced: random ids
    claimed_until timestamptz, -- whoever delivers it has it until then; at first: until when a possible echo rests
    swept_at timestamptz, -- when a sweep had looked at it, of what asks for one
    PRIMARY KEY (provider, digest, place)
);
CREATE INDEX deliveries_unswept ON deliveries (account_id, received_at)
    WHERE provider = 'xero' AND act = 'sweep' AND outcome <> 'dropped' AND swept_at IS NULL;
CREATE INDEX deliveries_pending ON deliveries (received_at) WHERE outcome = 'pending';
CREATE INDEX deliveries_of_accounts ON deliveries (account_id, provider, received_at) INCLUDE (type);
CREATE INDEX deliveries_by_age ON deliveries (received_at);

-- Up to which number Xero's events came: what is missing between two deliveries wakes the sweeps. The row is there from
-- the start, so that whoever keeps deliveries has a row to lock first.
CREATE TABLE xero_event_sequence (
    only_row boolean PRIMARY KEY CHECK (only_row),
    last_event bigint -- null: none came yet
);
INSERT INTO xero_event_sequence (only_row) VALUES (true);

-- When a copy of the edge last said that it takes deliveries. Nobody told us what happened while none did.
CREATE TABLE edge_alive (
    only_row boolean PRIMARY KEY CHECK (only_row),
    alive_at timestamptz NOT NULL
);

-- The secrets that Sequence signs with, encrypted; two of them while one replaces the other.
CREATE TABLE webhook_secrets (
    account_id text NOT NULL,
    policy_name text NOT NULL, -- of the notification policy in Sequence, which we chose
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, policy_name)
);

-- Who is signed in to the console, and links that sign somebody in once. Tokens are kept as their SHA-256.
CREATE TABLE sessions (
    token_digest bytea PRIMARY KEY,
    person text NOT NULL,
    role text NOT NULL, -- viewer, operator or admin
    accounts text[], -- that the person may see; null: all
    expires_at timestamptz NOT NULL
);

CREATE TABLE sign_in_links (
    token_digest bytea PRIMARY KEY,
    person text NOT NULL,
    role text NOT NULL,
    accounts text[],
    expires_at timestamptz NOT NULL
);

-- Keys of the JSON API. A row stays when its key is revoked, so that it stays known what was done with it.
CREATE TABLE api_keys (
    key_id text PRIMARY KEY, -- what it is known by; no secret
    account_id text NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL, -- how the key begins, to know it again by
    scopes text[] NOT NULL, -- read, signal
    secret_digest bytea NOT NULL UNIQUE, -- SHA-256
    made_by text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz, -- the last time of all is at most an hour later
    revoked_at timestamptz
);

-- Keys that encrypt an account's payloads in Temporal, themselves encrypted. The newest encrypts, all decrypt; without
-- them nobody can read what Temporal keeps of the account.
CREATE TABLE payload_keys (
    key_id text PRIMARY KEY,
    account_id text NOT NULL,
    secret bytea NOT NULL,
    made_at timestamptz NOT NULL
);

CREATE INDEX payload_keys_account ON payload_keys (account_id, made_at DESC);

-- Notifies open pages of the console that something of an account changed. Ids alone: each page reads the truth.
-- Equal notifications of one transaction count as one.
CREATE FUNCTION announce_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(
        'xerosync_changes',
        CASE WHEN octet_length(NEW.account_id) + octet_length(NEW.document_id) < 2000
            THEN jsonb_build_array(NEW.account_id, NEW.kind, NEW.document_id)::text
            ELSE jsonb_build_array(left(NEW.account_id, 1000))::text -- a payload may have 8,000 bytes
        END
    );
    RETURN NULL;
END $$;
CREATE FUNCTION announce_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('xerosync_changes', jsonb_build_array(left(NEW.account_id, 1000))::text);
    RETURN NULL;
END $$;
CREATE TRIGGER announced AFTER INSERT OR UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION announce_document();
CREATE TRIGGER announced AFTER INSERT OR UPDATE ON connections FOR EACH ROW EXECUTE FUNCTION announce_account();
CREATE TRIGGER announced AFTER INSERT OR UPDATE ON reconciles FOR EACH ROW EXECUTE FUNCTION announce_account();
CREATE TRIGGER announced AFTER INSERT OR UPDATE ON import_rows FOR EACH ROW EXECUTE FUNCTION announce_account();
CREATE TRIGGER announced AFTER INSERT OR UPDATE ON bulk_acts FOR EACH ROW EXECUTE FUNCTION announce_account();
CREATE TRIGGER announced AFTER UPDATE ON bulk_documents FOR EACH ROW EXECUTE FUNCTION announce_account();
