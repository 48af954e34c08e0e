-- name: ask(account_id)!
-- Ask for another comparison of an account with Sequence. One that was never compared is due anyway.
UPDATE sequence_cursors SET asked_at = clock_timestamp() WHERE account_id = :account_id;
