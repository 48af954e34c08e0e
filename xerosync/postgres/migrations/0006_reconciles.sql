-- What the last reconcile of an account found. A run that is under way stands beside the one that ended last.

CREATE TABLE reconciles (
    account_id text NOT NULL,
    run_id text NOT NULL,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    -- counts
    result jsonb,
    PRIMARY KEY (account_id, run_id)
);

-- One row a document that differs: ids, numbers, amounts, dates; no names.
CREATE TABLE reconcile_findings (
    account_id text NOT NULL,
    run_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    subject text NOT NULL,
    finding jsonb NOT NULL,
    -- whether it must be checked again before it counts
    is_uncertain boolean NOT NULL,
    PRIMARY KEY (account_id, run_id, kind, subject),
    FOREIGN KEY (account_id, run_id) REFERENCES reconciles ON DELETE CASCADE
);
