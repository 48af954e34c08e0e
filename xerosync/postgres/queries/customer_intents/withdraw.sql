-- name: withdraw(account_id, subjects, instants)!
-- Forget that these were about to be created, each if it is the intent of its instant.
DELETE FROM customer_intents USING unnest(:subjects::text[], :instants::timestamptz[]) AS gone (subject, at)
WHERE customer_intents.account_id = :account_id
    AND customer_intents.subject = gone.subject AND customer_intents.at = gone.at;
