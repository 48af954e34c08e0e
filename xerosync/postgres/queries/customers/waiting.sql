-- name: waiting(account_id, reason, limit)
-- Name the customers for whose link documents wait, those of the most documents first.
SELECT customer_id, max(customer_name) AS name, count(*) AS documents FROM documents
WHERE account_id = :account_id AND held_by = :reason AND ignored_since IS NULL AND customer_id IS NOT NULL
GROUP BY customer_id
ORDER BY documents DESC, customer_id
LIMIT :limit;
