-- name: list(account_id, filter, is_ignored, limit, offset)
-- List links, those that are sent but dated 3000 first, then the last changed: of one account, or, where it is null, of
-- all, each by its own indexes.
WITH RECURSIVE known AS (
    (SELECT account_id FROM documents WHERE :account_id::text IS NULL ORDER BY account_id LIMIT 1)
    UNION ALL
    SELECT (SELECT min(account_id) FROM documents WHERE account_id > known.account_id) FROM known
    WHERE known.account_id IS NOT NULL
), asked AS (
    SELECT :account_id AS account_id UNION ALL SELECT account_id FROM known
)
SELECT found.* FROM asked CROSS JOIN LATERAL (
    SELECT * FROM chosen_documents(asked.account_id, :filter::jsonb)
    WHERE :is_ignored::boolean IS NOT FALSE OR ignored_since IS NULL
    ORDER BY is_sent_but_3000 DESC, updated_at DESC, kind DESC, document_id DESC
    LIMIT :limit::bigint + :offset::bigint
) AS found
WHERE asked.account_id IS NOT NULL
ORDER BY is_sent_but_3000 DESC, updated_at DESC, account_id, kind DESC, document_id DESC
LIMIT :limit OFFSET :offset;
