-- Deliveries of webhooks, one row a hint: what came, what it asks for and what came of it. Never a body, which holds
-- people. Rows go after 30 days.
CREATE TABLE deliveries (
    provider text NOT NULL, -- sequence or xero
    digest bytea NOT NULL, -- SHA-256 of the delivery as it was signed
    place integer NOT NULL, -- of the hint within its delivery
    account_id text NOT NULL,
    type text NOT NULL, -- as the sender names it
    resource_id text NOT NULL,
    kind text, -- of the document that the hint is about
    act text NOT NULL, -- the signal or what else is asked for
    outcome text NOT NULL, -- pending, delivered or dropped
    received_at timestamptz NOT NULL DEFAULT now(),
    claimed_until timestamptz, -- whoever delivers it has it until then
    PRIMARY KEY (provider, digest, place)
);
CREATE INDEX deliveries_pending ON deliveries (received_at) WHERE outcome = 'pending';
CREATE INDEX deliveries_of_accounts ON deliveries (account_id, provider, received_at);
CREATE INDEX deliveries_by_age ON deliveries (received_at);

-- Up to which number Xero's events came: what is missing between two deliveries wakes the sweeps.
CREATE TABLE xero_event_sequence (
    only_row boolean PRIMARY KEY CHECK (only_row),
    last_event bigint NOT NULL
);

-- The secrets that Sequence signs with, encrypted; two of them while one replaces the other.
CREATE TABLE webhook_secrets (
    account_id text NOT NULL,
    policy_name text NOT NULL, -- of the notification policy in Sequence, which we chose
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, policy_name)
);
