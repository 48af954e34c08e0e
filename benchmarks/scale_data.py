"""A store after years: documents of five accounts, made by the database itself."""

from typing import NamedTuple

import asyncpg

ACCOUNTS = ("account-1", "account-2", "account-3", "account-4", "account-5")
"""Six documents in ten are the first one's; the others have one in ten each."""

BIG = ACCOUNTS[0]


class Filled(NamedTuple):
    """What a filled store holds of each kind."""

    documents: int
    open_documents: int
    timeline_entries: int
    deliveries: int


_DOCUMENTS = """
INSERT INTO documents (
    account_id, kind, document_id, number, customer_id, customer_name, currency, gross_total, sequence_status,
    sequence_read_at, issue_date, due_date, reference_digest, tenant_id, short_code, xero_id, xero_status, xero_sent,
    xero_issue_date, xero_due_date, xero_seen_at, xero_total, applied_reference_digest, applied_issue_date,
    applied_due_date, origin_owed, reports_payments, hold_reason, hold_words, hold_since, next_try_at, ignored_because,
    ignored_by, ignored_since, state, held_by, has_details, created_at, updated_at
)
SELECT
    account, kind, gen_random_uuid(), 'INV-' || n, 'customer-' || n % 20000,
    CASE WHEN is_recent THEN 'Customer No' || n % 20000 || ' Ltd' END, 'GBP', 120,
    CASE state WHEN 'pushed' THEN 'FINAL' WHEN 'pending' THEN 'FINAL' WHEN 'voided' THEN 'VOIDED' ELSE 'SENT' END,
    at, at::date, at::date + 30, repeat('0', 16), 'tenant-' || account, '!demo',
    CASE WHEN in_xero THEN gen_random_uuid() END, CASE WHEN in_xero THEN xero END,
    CASE WHEN in_xero THEN state <> 'pushed' END,
    CASE WHEN in_xero AND state = 'pushed' THEN date '3000-01-01' WHEN in_xero THEN at::date END,
    CASE WHEN in_xero AND state = 'pushed' THEN date '3000-01-01' WHEN in_xero THEN at::date + 30 END,
    CASE WHEN in_xero THEN at END, CASE WHEN in_xero THEN CASE WHEN n % 2000 = 3 THEN 119.99 ELSE 120 END END,
    CASE WHEN in_xero AND state <> 'pushed' THEN repeat('0', 16) END,
    CASE WHEN in_xero AND state <> 'pushed' THEN at::date END,
    CASE WHEN in_xero AND state <> 'pushed' THEN at::date + 30 END,
    kind = 'credit_note' AND n % 5000 = 0, true,
    CASE WHEN state = 'held' THEN reason END, CASE WHEN state = 'held' THEN 'words' END,
    CASE WHEN state = 'held' THEN at END,
    CASE WHEN state = 'held' THEN now() + (n % 7 - 1) * interval '1 day' END,
    CASE WHEN n % 5000 = 7 THEN 'by hand' END, CASE WHEN n % 5000 = 7 THEN 'Ada' END,
    CASE WHEN n % 5000 = 7 THEN at END,
    state, CASE WHEN state = 'held' THEN reason END, is_recent, at, at
FROM (
    SELECT
        n,
        (ARRAY['account-1', 'account-1', 'account-1', 'account-1', 'account-1', 'account-1',
            'account-2', 'account-3', 'account-4', 'account-5'])[1 + (n / 7) % 10] AS account,
        CASE WHEN n % 4 = 0 THEN 'credit_note' ELSE 'invoice' END AS kind,
        now() - n * interval '30 seconds' AS at,
        n <= {rows} / 2 AS is_recent,
        CASE
            WHEN n % 100 = 1 THEN 'held' WHEN n % 200 = 2 THEN 'pending' WHEN n % 20 = 3 THEN 'pushed'
            WHEN n % 28 = 5 THEN 'sent' WHEN n % 66 = 9 THEN 'voided' ELSE 'settled'
        END AS state,
        n % 100 <> 1 AND n % 200 <> 2 AS in_xero,
        CASE WHEN n % 66 = 9 THEN 'VOIDED' WHEN n % 20 = 3 OR n % 28 = 5 THEN 'AUTHORISED' ELSE 'PAID' END AS xero,
        CASE WHEN n % 4000 = 1 THEN 'plan_limit' ELSE 'customer_unlinked' END AS reason
    FROM generate_series(1, {rows}) AS n
) AS made
"""

_OTHERS = (
    """
    INSERT INTO timeline_entries (account_id, kind, document_id, first_at, last_at, happened, facts, words, caused_by,
        signal, who, after_change)
    SELECT account_id, kind, document_id, updated_at, updated_at, happened, '{{"xero_id": "an id"}}', '',
        'push_document', 'finalized', '', 0
    FROM documents, unnest(ARRAY['created', 'applied']) AS happened WHERE has_details
    """,
    """
    INSERT INTO customer_links (account_id, customer_id, contact_id, customer_name)
    SELECT account, 'customer-' || n, 'contact-' || n, 'Customer No' || n || ' Ltd'
    FROM generate_series(1, 20000) AS n, unnest(ARRAY{accounts}) AS account
    """,
    """
    INSERT INTO deliveries (
        provider, digest, place, account_id, type, resource_id, kind, act, outcome, received_at, swept_at
    )
    SELECT
        CASE WHEN n % 2 = 0 THEN 'xero' ELSE 'sequence' END, sha256(n::text::bytea), 0, (ARRAY{accounts})[1 + n % 5],
        'INVOICE_UPDATED', gen_random_uuid(), 'invoice', CASE WHEN n % 2 = 0 THEN 'sweep' ELSE 'amended' END,
        CASE WHEN n <= 200 THEN 'pending' ELSE 'delivered' END, now() - n * (interval '30 days' / ({rows} / 2)),
        CASE WHEN n > 400 THEN now() END
    FROM generate_series(1, {rows} / 2) AS n
    """,
    """
    INSERT INTO import_rows (account_id, import_id, contact_id, name, outcome, reasons)
    SELECT account, 'last', 'contact-' || n, 'Customer No' || n,
        (ARRAY['linked', 'linked', 'invalid'])[1 + n % 3], '{{}}'
    FROM generate_series(1, 20000) AS n, unnest(ARRAY{accounts}) AS account
    """,
    """
    INSERT INTO backfill_rows (account_id, preview_id, kind, document_id, became, row)
    SELECT account_id, 'last', kind, document_id, CASE WHEN state = 'held' THEN 'would be on hold' ELSE 'in Xero' END,
        jsonb_build_object('kind', kind, 'document_id', document_id, 'became',
            CASE WHEN state = 'held' THEN 'would be on hold' ELSE 'in Xero' END,
            'holds', CASE WHEN state = 'held' THEN jsonb_build_array(held_by) ELSE '[]' END)
    FROM documents WHERE account_id = 'account-1'
    """,
    """
    INSERT INTO connections (
        account_id, grant_id, tenant_id, organisation_name, short_code, base_currency, exempt_tax_type, status,
        connected_at
    )
    SELECT account, 'grant', 'tenant-' || account, 'Demo Company', '!demo', 'GBP', 'NONE', 'connected', now()
    FROM unnest(ARRAY{accounts}) AS account
    """,
    """
    INSERT INTO sweep_cursors (account_id, kind, read_until)
    SELECT account, kind, now()
    FROM unnest(ARRAY{accounts}) AS account, unnest(ARRAY['invoice', 'credit_note']) AS kind
    """,
)

_COUNTS = (
    "SELECT count(*) FROM documents",
    "SELECT count(*) FROM documents WHERE state NOT IN ('settled', 'voided')",
    "SELECT count(*) FROM timeline_entries",
    "SELECT count(*) FROM deliveries",
)
_SECONDS = 1800
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes JOIN pg_class ON relname = indexname JOIN pg_index ON indexrelid = oid
WHERE schemaname = 'public' AND tablename = ANY($1::text[]) AND NOT indisunique
"""
_TABLES = ["documents", "timeline_entries", "deliveries", "backfill_rows"]


async def fill(watcher: asyncpg.Connection, rows: int) -> Filled:
    """Fill a fresh store with so many documents; its indexes are made afterwards, which takes half of the time."""
    indexes = await watcher.fetch(_INDEXES, _TABLES)
    await watcher.execute("ALTER TABLE documents DISABLE TRIGGER USER; ALTER TABLE import_rows DISABLE TRIGGER USER")
    for each in indexes:
        await watcher.execute(f"DROP INDEX {each['indexname']}")
    await watcher.execute("SET maintenance_work_mem = '512MB'")
    for statement in (_DOCUMENTS, *_OTHERS):
        await watcher.execute(statement.format(rows=rows, accounts=list(ACCOUNTS)), timeout=_SECONDS)
    for each in indexes:
        await watcher.execute(each["indexdef"], timeout=_SECONDS)
    await watcher.execute("ALTER TABLE documents ENABLE TRIGGER USER; ALTER TABLE import_rows ENABLE TRIGGER USER")
    await watcher.execute("VACUUM ANALYZE", timeout=_SECONDS)
    return Filled(*[await watcher.fetchval(count) or 0 for count in _COUNTS])
