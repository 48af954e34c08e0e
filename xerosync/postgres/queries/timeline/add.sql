-- name: add(account_id, kind, document_id, entries)!
-- Add entries to a document's timeline; one that repeats an entry since the last change is counted there instead.
--
-- A document that is done gets `has_details` first. Where a purge has its row locked, this waits for the purge to end;
-- the next purge takes what is added now.
WITH document AS (
    UPDATE documents SET has_details = true
    WHERE account_id = :account_id AND kind = :kind AND document_id = :document_id AND state IN ('settled', 'voided')
    RETURNING 1
)
INSERT INTO timeline_entries (
    account_id, kind, document_id, happened, facts, words, caused_by, signal, who, repeat_key, after_change
)
SELECT
    :account_id, :kind, :document_id, happened, facts, words, caused_by, signal, who, repeat_key,
    COALESCE((
        SELECT max(entry_id) FROM timeline_entries
        WHERE account_id = :account_id AND kind = :kind AND document_id = :document_id AND repeat_key IS NULL
    ), 0)
FROM jsonb_to_recordset(:entries::jsonb) AS added (
    happened text, facts jsonb, words text, caused_by text, signal text, who text, repeat_key text
)
WHERE (SELECT count(*) FROM document) <= 1
ON CONFLICT (account_id, kind, document_id, after_change, repeat_key) WHERE repeat_key IS NOT NULL DO UPDATE SET
    times = timeline_entries.times + 1, words = excluded.words, signal = excluded.signal, last_at = clock_timestamp();
