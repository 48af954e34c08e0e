-- name: tell(account_id, kind, document_id, entries)!
-- Add to a document's story; what was told since the last lasting entry is counted once more instead.
INSERT INTO document_entries (
    account_id, kind, document_id, happened, facts, words, caused_by, heard, who, alike, spell
)
SELECT
    :account_id, :kind, :document_id, happened, facts, words, caused_by, heard, who, alike,
    COALESCE((
        SELECT max(entry_id) FROM document_entries
        WHERE account_id = :account_id AND kind = :kind AND document_id = :document_id AND alike IS NULL
    ), 0)
FROM jsonb_to_recordset(:entries::jsonb) AS told (
    happened text, facts jsonb, words text, caused_by text, heard text, who text, alike text
)
ON CONFLICT (account_id, kind, document_id, spell, alike) WHERE alike IS NOT NULL DO UPDATE SET
    times = document_entries.times + 1, words = excluded.words, heard = excluded.heard, last_at = clock_timestamp();
