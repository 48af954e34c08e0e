-- name: of_contacts(account_id, contact_ids)
-- Find the customers that these contacts are linked to; of several one.
SELECT DISTINCT ON (contact_id) contact_id, customer_id FROM customer_links
WHERE account_id = :account_id AND contact_id = ANY(:contact_ids)
ORDER BY contact_id, linked_at, customer_id;
