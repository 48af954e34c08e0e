-- name: budgets(minute, window)
-- Say how many calls each connected organisation has left of its minute and, as Xero last said, of its day.
SELECT
    connection.account_id,
    GREATEST(0, :minute::integer - (
        SELECT count(*) FROM unnest(budget.ended) AS at WHERE at > now() - :window::interval
    ) - (
        SELECT count(*) FROM jsonb_object_keys(budget.flights)
    ))::integer AS minute_left,
    budget.day_left,
    COALESCE(budget.held_until > now(), false) AS is_held
FROM connections AS connection JOIN xero_budgets AS budget USING (tenant_id);
