-- Documents that wait for their customer's push into Xero, and why pushes of new customers wait.

ALTER TABLE documents ADD COLUMN hold_waits_for_push boolean NOT NULL DEFAULT false;

CREATE TABLE customer_push_holds (
    account_id text NOT NULL,
    customer_id text NOT NULL,
    -- what is the matter and what to do, without names or addresses
    words text NOT NULL,
    -- when a push last met it
    at timestamptz NOT NULL,
    PRIMARY KEY (account_id, customer_id)
);
