-- name: write(account_id, kind, document_id, number, customer_id, customer_name, currency, gross_total, sequence_status, sequence_read_at, sent_since, issue_date, due_date, reference_digest, tenant_id, short_code, xero_id, xero_status, xero_sent, xero_issue_date, xero_due_date, xero_seen_at, xero_updated_at, xero_total, xero_paid, xero_credited, xero_open, xero_amounts_seen_at, adopted_by_hand, origin_owed, xero_payment, reported_payment, reporting_payment, reporting_since, applied_reference_digest, applied_issue_date, applied_due_date, written_reference_digest, xero_revision, unconfirmed_headers, intent_at, intent_number, intent_payload_digest, intent_reference_digest, intent_issue_date, intent_due_date, hold_reason, hold_words, hold_since, ignored_because, ignored_by, ignored_since, hold_waits_for_push, tries, next_try_at, reports_payments, allocation, state, held_by, entries, revision)$
-- Write a document's link as it was last read, or the first one where none was; add to the timeline what that changes (as
-- `timeline.add` does); return when. No row: somebody else changed the link meanwhile, and nothing is written.
WITH changed AS (
    INSERT INTO documents (
        account_id, kind, document_id, number, customer_id, customer_name, currency, gross_total, sequence_status,
        sequence_read_at, sent_since, issue_date, due_date, reference_digest, tenant_id, short_code, xero_id, xero_status,
        xero_sent, xero_issue_date, xero_due_date, xero_seen_at, xero_updated_at, xero_total,
        xero_paid, xero_credited, xero_open, xero_amounts_seen_at, adopted_by_hand,
        origin_owed, xero_payment,
        reported_payment, reporting_payment, reporting_since, applied_reference_digest, applied_issue_date, applied_due_date,
        written_reference_digest, xero_revision, unconfirmed_headers, intent_at, intent_number, intent_payload_digest, intent_reference_digest,
        intent_issue_date, intent_due_date, hold_reason, hold_words, hold_since,
        ignored_because, ignored_by, ignored_since, reports_payments, allocation, hold_waits_for_push, tries, next_try_at,
        state, held_by, revision
    ) VALUES (
        :account_id, :kind, :document_id, :number, :customer_id, :customer_name, :currency, :gross_total,
        :sequence_status, :sequence_read_at, :sent_since, :issue_date, :due_date, :reference_digest, :tenant_id,
        :short_code,
        :xero_id, :xero_status, :xero_sent, :xero_issue_date, :xero_due_date, :xero_seen_at, :xero_updated_at,
        :xero_total, :xero_paid, :xero_credited, :xero_open, :xero_amounts_seen_at,
        :adopted_by_hand, :origin_owed, :xero_payment, :reported_payment, :reporting_payment, :reporting_since,
        :applied_reference_digest, :applied_issue_date, :applied_due_date, :written_reference_digest, :xero_revision,
        :unconfirmed_headers::jsonb, :intent_at, :intent_number, :intent_payload_digest, :intent_reference_digest,
        :intent_issue_date, :intent_due_date, :hold_reason, :hold_words, :hold_since,
        :ignored_because, :ignored_by, :ignored_since, :reports_payments, :allocation, :hold_waits_for_push, :tries, :next_try_at, :state, :held_by, 1
    )
    ON CONFLICT (account_id, kind, document_id) DO UPDATE SET
        number = excluded.number,
        customer_id = excluded.customer_id,
        customer_name = excluded.customer_name,
        currency = excluded.currency,
        gross_total = excluded.gross_total,
        sequence_status = excluded.sequence_status,
        sequence_read_at = excluded.sequence_read_at,
        sent_since = excluded.sent_since,
        issue_date = excluded.issue_date,
        due_date = excluded.due_date,
        reference_digest = excluded.reference_digest,
        tenant_id = excluded.tenant_id,
        short_code = excluded.short_code,
        xero_id = excluded.xero_id,
        xero_status = excluded.xero_status,
        xero_sent = excluded.xero_sent,
        xero_issue_date = excluded.xero_issue_date,
        xero_due_date = excluded.xero_due_date,
        xero_seen_at = excluded.xero_seen_at,
        xero_updated_at = excluded.xero_updated_at,
        xero_total = excluded.xero_total,
        xero_paid = excluded.xero_paid,
        xero_credited = excluded.xero_credited,
        xero_open = excluded.xero_open,
        xero_amounts_seen_at = excluded.xero_amounts_seen_at,
        adopted_by_hand = excluded.adopted_by_hand,
        origin_owed = excluded.origin_owed,
        xero_payment = excluded.xero_payment,
        reported_payment = excluded.reported_payment,
        reporting_payment = excluded.reporting_payment,
        reporting_since = excluded.reporting_since,
        applied_reference_digest = excluded.applied_reference_digest,
        applied_issue_date = excluded.applied_issue_date,
        applied_due_date = excluded.applied_due_date,
        written_reference_digest = excluded.written_reference_digest,
        xero_revision = excluded.xero_revision,
        unconfirmed_headers = excluded.unconfirmed_headers,
        intent_at = excluded.intent_at,
        intent_number = excluded.intent_number,
        intent_payload_digest = excluded.intent_payload_digest,
        intent_reference_digest = excluded.intent_reference_digest,
        intent_issue_date = excluded.intent_issue_date,
        intent_due_date = excluded.intent_due_date,
        hold_reason = excluded.hold_reason,
        hold_words = excluded.hold_words,
        hold_since = excluded.hold_since,
        tries = excluded.tries,
        next_try_at = excluded.next_try_at,
        ignored_because = excluded.ignored_because,
        ignored_by = excluded.ignored_by,
        ignored_since = excluded.ignored_since,
        reports_payments = excluded.reports_payments,
        allocation = excluded.allocation,
        hold_waits_for_push = excluded.hold_waits_for_push,
        state = excluded.state,
        held_by = excluded.held_by,
        has_details = true,
        updated_at = clock_timestamp(),
        revision = documents.revision + 1
    WHERE documents.revision = :revision
    RETURNING updated_at
), added AS (
    INSERT INTO timeline_entries (
        account_id, kind, document_id, happened, facts, words, caused_by, signal, who, repeat_key, after_change
    )
    SELECT
        :account_id, :kind, :document_id, happened, facts, words, caused_by, signal, who, repeat_key,
        COALESCE((
            SELECT max(entry_id) FROM timeline_entries
            WHERE account_id = :account_id AND kind = :kind AND document_id = :document_id AND repeat_key IS NULL
        ), 0)
    FROM changed, jsonb_to_recordset(:entries::jsonb) AS added (
        happened text, facts jsonb, words text, caused_by text, signal text, who text, repeat_key text
    )
    ON CONFLICT (account_id, kind, document_id, after_change, repeat_key) WHERE repeat_key IS NOT NULL DO UPDATE SET
        times = timeline_entries.times + 1, words = excluded.words, signal = excluded.signal, last_at = clock_timestamp()
)
SELECT updated_at FROM changed;
