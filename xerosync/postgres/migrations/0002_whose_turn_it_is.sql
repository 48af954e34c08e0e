-- Calls that were made lately and how many are left, shared by all workers. All that decides about a call stands in
-- one row, read under its lock: rows of their own for calls would be read as of before the wait for that lock.

-- One row an organisation of Xero. What may be left of a day is known from Xero's answers; null before the first.
CREATE TABLE xero_budgets (
    tenant_id text PRIMARY KEY,
    -- when calls ended, of the last two minutes
    ended timestamptz[] NOT NULL DEFAULT '{}',
    -- when calls that are under way began, by the id of their reservation
    flights jsonb NOT NULL DEFAULT '{}',
    day_left integer,
    day_seen_at timestamptz,
    -- until when Xero has told us to wait
    held_until timestamptz
) WITH (fillfactor = 25);

-- One row for what many share by the minute: a key of Sequence, the app at Xero. One count a second, the newest first;
-- that one is of the second newest, in seconds since the epoch.
CREATE TABLE rates (
    name text PRIMARY KEY,
    counts integer[] NOT NULL DEFAULT '{0}',
    newest bigint NOT NULL DEFAULT 0,
    held_until timestamptz
) WITH (fillfactor = 25);

INSERT INTO rates (name) VALUES ('xero app');
