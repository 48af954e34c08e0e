-- Imports of Xero's customers, and what is being created on either side. Names and addresses of e-mail stand here,
-- not in Temporal's histories; a new import drops the report and the directory of the one before.

-- The report: one row a contact, as the account's last import met it.
CREATE TABLE import_rows (
    account_id text NOT NULL,
    contact_id text NOT NULL,
    import_id text NOT NULL,
    name text NOT NULL,
    email text,
    outcome text NOT NULL,
    reasons text[] NOT NULL,
    -- the customer that the contact is linked to, or likely the same as
    customer_id text,
    PRIMARY KEY (account_id, contact_id)
);

-- The directory: the customers of Sequence as they were when the import began, for comparing.
CREATE TABLE known_customers (
    account_id text NOT NULL,
    customer_id text NOT NULL,
    import_id text NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    tax_number text,
    tax_key text,
    -- null: not read yet
    emails text[],
    email_keys text[],
    -- the link that Sequence keeps
    contact_id text,
    PRIMARY KEY (account_id, customer_id)
);

-- Written before a customer is created in Sequence (its alias) or a contact in Xero (`customer:ID`), and dropped
-- when its link is stored: while it stands, the create may or may not have happened.
CREATE TABLE customer_intents (
    account_id text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (account_id, subject)
);
