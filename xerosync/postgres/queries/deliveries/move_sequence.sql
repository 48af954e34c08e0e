-- name: move_sequence(first, last)$
-- Remember up to which number Xero's events came; say whether some are missing between that and these.
WITH known AS MATERIALIZED (
    SELECT last_event FROM xero_event_sequence FOR UPDATE
), moved AS (
    INSERT INTO xero_event_sequence (only_row, last_event) VALUES (true, :last)
    ON CONFLICT (only_row) DO UPDATE SET last_event = GREATEST(xero_event_sequence.last_event, excluded.last_event)
)
SELECT COALESCE((SELECT :first::bigint > last_event + 1 FROM known), false);
