-- name: contacts(before, at_most)$
-- Drop some rows of reports of imports that were written before an instant; say how many.
WITH dropped AS (
    DELETE FROM import_rows WHERE (account_id, contact_id) IN (
        SELECT account_id, contact_id FROM import_rows WHERE kept_at < :before LIMIT :at_most
    )
    RETURNING 1
)
SELECT count(*) FROM dropped;

-- name: directories(before)
-- Name the accounts whose directory of customers an import wrote before an instant.
SELECT DISTINCT account_id FROM known_customers WHERE kept_at < :before;

-- name: known_customers(account_id, before, at_most)$
-- Drop some customers of such a directory; say how many.
WITH dropped AS (
    DELETE FROM known_customers WHERE (account_id, customer_id) IN (
        SELECT account_id, customer_id FROM known_customers
        WHERE kept_at < :before AND account_id = :account_id LIMIT :at_most
    )
    RETURNING 1
)
SELECT count(*) FROM dropped;

-- name: backfill_rows(before, at_most)$
-- Drop some rows of previews of backfills that ended, or were left unfinished, before an instant; say how many.
WITH dropped AS (
    DELETE FROM backfill_rows WHERE (account_id, kind, document_id) IN (
        SELECT account_id, kind, document_id FROM backfill_rows JOIN backfill_previews USING (account_id, preview_id)
        WHERE COALESCE(ended_at, began_at) < :before LIMIT :at_most
    )
    RETURNING 1
)
SELECT count(*) FROM dropped;

-- name: backfill_previews(before)!
-- Drop those previews once they have no rows.
DELETE FROM backfill_previews
WHERE COALESCE(ended_at, began_at) < :before
    AND NOT EXISTS (SELECT FROM backfill_rows WHERE backfill_rows.account_id = backfill_previews.account_id);

-- name: bulk_documents(before, at_most)$
-- Drop some documents of acts on many that ended before an instant, or that nobody confirmed; say how many.
WITH dropped AS (
    DELETE FROM bulk_documents WHERE (bulk_id, place) IN (
        SELECT bulk_id, place FROM bulk_acts JOIN bulk_documents USING (bulk_id)
        WHERE COALESCE(ended_at, asked_at) < :before AND (ended_at IS NOT NULL OR confirmed_at IS NULL)
        LIMIT :at_most
    )
    RETURNING 1
)
SELECT count(*) FROM dropped;

-- name: bulk_acts(before)!
-- Drop those acts once they have no documents.
DELETE FROM bulk_acts
WHERE COALESCE(ended_at, asked_at) < :before AND (ended_at IS NOT NULL OR confirmed_at IS NULL)
    AND NOT EXISTS (SELECT FROM bulk_documents WHERE bulk_documents.bulk_id = bulk_acts.bulk_id);
