-- What must follow something that was stored, until it is done: a signal to a document (`kind/id`), a customer's link to
-- be shown to Sequence, the documents of a customer or of a hold to be released.
CREATE TABLE owed_acts (
    account_id text NOT NULL,
    act text NOT NULL,
    subject text NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (account_id, act, subject)
);
