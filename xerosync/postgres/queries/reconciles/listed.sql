-- name: keep_listed(account_id, run_id, listing_id, rows)!
-- Keep what Xero listed, given as a JSON array; what was listed before is as it was listed last.
INSERT INTO reconcile_listed (account_id, run_id, listing_id, xero_id, document_id, origin, number_key, summary)
SELECT :account_id, :run_id, :listing_id, xero_id, document_id, origin, number_key, summary
FROM jsonb_to_recordset(:rows::jsonb)
    AS given (xero_id text, document_id text, origin text, number_key text, summary jsonb)
ON CONFLICT (listing_id, xero_id) DO UPDATE SET
    document_id = excluded.document_id, origin = excluded.origin, number_key = excluded.number_key,
    summary = excluded.summary;

-- name: count_listed(listing_id)$
-- Count what a listing holds.
SELECT count(*) FROM reconcile_listed WHERE listing_id = :listing_id;

-- name: listed(listing_id, xero_ids, document_ids, numbers)
-- Find what may be any of some documents of Sequence, by each of its indexes.
SELECT summary FROM reconcile_listed WHERE listing_id = :listing_id AND xero_id = ANY(:xero_ids::text[])
UNION
SELECT summary FROM reconcile_listed WHERE listing_id = :listing_id AND document_id = ANY(:document_ids::text[])
UNION
SELECT summary FROM reconcile_listed WHERE listing_id = :listing_id AND origin = ANY(:document_ids::text[])
UNION
SELECT summary FROM reconcile_listed WHERE listing_id = :listing_id AND number_key = ANY(:numbers::text[]);

-- name: take_listed(listing_id, xero_ids)!
-- Drop what a document of Sequence took.
DELETE FROM reconcile_listed WHERE listing_id = :listing_id AND xero_id = ANY(:xero_ids::text[]);

-- name: rest_listed(listing_id, after, limit)
-- Read a page of what is left.
SELECT summary FROM reconcile_listed WHERE listing_id = :listing_id AND xero_id > :after
ORDER BY xero_id
LIMIT :limit;

-- name: forget_listed(account_id, but_run_id, at_most)$
-- Drop some of what an account's runs left, but one; say how many.
WITH dropped AS (
    DELETE FROM reconcile_listed WHERE (listing_id, xero_id) IN (
        SELECT listing_id, xero_id FROM reconcile_listed
        WHERE account_id = :account_id AND run_id <> :but_run_id
        LIMIT :at_most
    )
    RETURNING 1
)
SELECT count(*) FROM dropped;
