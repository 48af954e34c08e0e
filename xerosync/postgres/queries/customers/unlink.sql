-- name: unlink(account_id, customer_id, contact_id)!
-- Forget which contact a customer was linked to; where a contact is named, that one alone.
DELETE FROM customer_links
WHERE account_id = :account_id AND customer_id = :customer_id
    AND (:contact_id::text IS NULL OR contact_id = :contact_id);
