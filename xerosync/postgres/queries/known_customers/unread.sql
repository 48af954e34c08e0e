-- name: unread(account_id)
-- Name the customers of the directory without a link whose addresses of e-mail were not read.
SELECT customer_id FROM known_customers AS known
WHERE account_id = :account_id AND emails IS NULL AND NOT EXISTS (
    SELECT FROM customer_links AS link
    WHERE link.account_id = known.account_id AND link.customer_id = known.customer_id
)
ORDER BY customer_id;
