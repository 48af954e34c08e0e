-- name: update(account_id, kind, document_id, number, customer_id, customer_name, currency, gross_total, sequence_status, sequence_read_at, issue_date, due_date, reference_digest, tenant_id, short_code, xero_id, xero_status, xero_sent, xero_issue_date, xero_due_date, xero_seen_at, xero_total, adopted_by_hand, xero_payment, reported_payment, applied_reference_digest, applied_issue_date, applied_due_date, brought_reference_digest, intent_at, intent_number, intent_payload_digest, hold_reason, hold_words, hold_since, ignored_because, ignored_by, ignored_since, hold_awaits_push, reports_payments, allocation, state, held_by, entries, revision)$
-- Write a document's link as it was last read, and what that tells of it (as `entries.tell` does); return when. No row:
-- somebody else changed it meanwhile, and nothing is written.
WITH changed AS (
    UPDATE documents SET
        number = :number,
        customer_id = :customer_id,
        customer_name = :customer_name,
        currency = :currency,
        gross_total = :gross_total,
        sequence_status = :sequence_status,
        sequence_read_at = :sequence_read_at,
        issue_date = :issue_date,
        due_date = :due_date,
        reference_digest = :reference_digest,
        tenant_id = :tenant_id,
        short_code = :short_code,
        xero_id = :xero_id,
        xero_status = :xero_status,
        xero_sent = :xero_sent,
        xero_issue_date = :xero_issue_date,
        xero_due_date = :xero_due_date,
        xero_seen_at = :xero_seen_at,
        xero_total = :xero_total,
        adopted_by_hand = :adopted_by_hand,
        xero_payment = :xero_payment,
        reported_payment = :reported_payment,
        applied_reference_digest = :applied_reference_digest,
        applied_issue_date = :applied_issue_date,
        applied_due_date = :applied_due_date,
        brought_reference_digest = :brought_reference_digest,
        intent_at = :intent_at,
        intent_number = :intent_number,
        intent_payload_digest = :intent_payload_digest,
        hold_reason = :hold_reason,
        hold_words = :hold_words,
        hold_since = :hold_since,
        ignored_because = :ignored_because,
        ignored_by = :ignored_by,
        ignored_since = :ignored_since,
        reports_payments = :reports_payments,
        allocation = :allocation,
        hold_awaits_push = :hold_awaits_push,
        state = :state,
        held_by = :held_by,
        updated_at = clock_timestamp(),
        revision = revision + 1
    WHERE account_id = :account_id AND kind = :kind AND document_id = :document_id
        AND revision = :revision
    RETURNING updated_at
), told AS (
    INSERT INTO document_entries (
        account_id, kind, document_id, happened, facts, words, caused_by, heard, who, alike, spell
    )
    SELECT
        :account_id, :kind, :document_id, happened, facts, words, caused_by, heard, who, alike,
        COALESCE((
            SELECT max(entry_id) FROM document_entries
            WHERE account_id = :account_id AND kind = :kind AND document_id = :document_id AND alike IS NULL
        ), 0)
    FROM changed, jsonb_to_recordset(:entries::jsonb) AS told (
        happened text, facts jsonb, words text, caused_by text, heard text, who text, alike text
    )
    ON CONFLICT (account_id, kind, document_id, spell, alike) WHERE alike IS NOT NULL DO UPDATE SET
        times = document_entries.times + 1, words = excluded.words, heard = excluded.heard, last_at = clock_timestamp()
)
SELECT updated_at FROM changed;
