-- name: customers(before, after_at, after_account, after_customer, at_most)^
-- Look at some customers that were linked before an instant, those behind one of them, and take the names of those that
-- no document needs; say of how many, and which was the last. No row: there are no more. The links stay.
WITH looked_at AS (
    SELECT linked_at, account_id, customer_id FROM customer_links
    WHERE customer_name IS NOT NULL AND linked_at < :before
        AND (linked_at, account_id, customer_id) > (:after_at::timestamptz, :after_account::text, :after_customer::text)
    ORDER BY linked_at, account_id, customer_id
    LIMIT :at_most
), purged AS (
    UPDATE customer_links SET customer_name = NULL
    FROM looked_at
    WHERE customer_links.account_id = looked_at.account_id AND customer_links.customer_id = looked_at.customer_id
        AND customer_links.linked_at < :before
        AND NOT EXISTS (
            SELECT FROM documents
            WHERE documents.account_id = looked_at.account_id AND documents.customer_id = looked_at.customer_id
                AND has_details
        )
    RETURNING 1
)
SELECT looked_at.*, (SELECT count(*) FROM purged) AS purged FROM looked_at
ORDER BY linked_at DESC, account_id DESC, customer_id DESC
LIMIT 1;
