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

-- One row for what is shared at a steady pace: a key of Sequence, the app at Xero. The next call is due at due_at;
-- a lane may run ahead of that by so much.
CREATE TABLE paces (
    name text PRIMARY KEY,
    due_at timestamptz NOT NULL DEFAULT '-infinity',
    held_until timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 25);

INSERT INTO paces (name) VALUES ('xero app');
