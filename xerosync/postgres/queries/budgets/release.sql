-- name: release(tenant_id, reservation_id, began, minute, minute_left, day_left, hold, window, now)!
-- End a call, with what its answer said: what is left of the minute and of the day, how long to wait.
WITH moment AS MATERIALIZED (
    SELECT COALESCE(:now::timestamptz, clock_timestamp()) AS now
)
UPDATE xero_budgets SET
    flights = flights - :reservation_id::text,
    -- A call that lapsed has been counted already. Then the calls that Xero saw and nobody here made, as if made
    -- just now; those under way may be among what it saw, so they are ours.
    ended = ended
        || CASE WHEN flights ? :reservation_id THEN ARRAY[now] ELSE '{}' END
        || array_fill(now, ARRAY[GREATEST(
            0,
            :minute::integer - :minute_left::integer - 1
                - (SELECT count(*)::integer FROM unnest(ended) AS at WHERE at > :began::timestamptz - :window::interval)
                - (SELECT count(*)::integer FROM jsonb_object_keys(flights - :reservation_id))
        )]),
    -- Calls that this answer may know nothing of, for they were under way or begun after it, make the least that can
    -- be left; what we knew stands where it is between that and what the answer says.
    day_left = CASE WHEN :day_left::integer IS NULL THEN day_left ELSE LEAST(:day_left, GREATEST(
        day_left,
        :day_left
            - (SELECT count(*)::integer FROM unnest(ended) AS at WHERE at >= :began)
            - (SELECT count(*)::integer FROM jsonb_object_keys(flights - :reservation_id))
    )) END,
    day_seen_at = CASE WHEN :day_left IS NULL THEN day_seen_at ELSE now END,
    held_until = GREATEST(held_until, now + :hold::interval)
FROM moment WHERE tenant_id = :tenant_id;
