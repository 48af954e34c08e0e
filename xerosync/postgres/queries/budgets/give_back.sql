-- name: give_back(tenant_id, reservation_id)!
-- Undo a reservation whose call was not made.
UPDATE xero_budgets SET flights = flights - :reservation_id::text, day_left = day_left + 1
WHERE tenant_id = :tenant_id AND flights ? :reservation_id;
