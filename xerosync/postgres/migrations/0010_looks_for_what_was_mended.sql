-- What an account's organisation offered when somebody last looked whether the cause of a hold was mended there; no row
-- while nothing is so held. `look` is the model's `HoldLook`: ids, codes and an instant.
CREATE TABLE hold_looks (
    account_id text PRIMARY KEY,
    look jsonb NOT NULL
);
