-- name: similar(account_id, name_keys, tax_keys, email_keys, contact_ids, customer_ids)
-- Find the customers of the directory that share something with any of these.
SELECT customer_id, name, tax_number, emails, contact_id, EXISTS (
    SELECT FROM customer_links AS link
    WHERE link.account_id = known.account_id AND link.customer_id = known.customer_id
) AS is_linked
FROM known_customers AS known
WHERE account_id = :account_id AND (
    name_key = ANY(:name_keys)
    OR tax_key = ANY(:tax_keys)
    OR email_keys && :email_keys
    OR contact_id = ANY(:contact_ids)
    OR customer_id = ANY(:customer_ids)
)
ORDER BY customer_id;
