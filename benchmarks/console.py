"""The console over 100,000 documents: first page of each filter, whether an index served it, and a bulk act."""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
from pydantic import SecretStr

from benchmarks.bulk import bulk_figures
from benchmarks.console_pages import page_figures
from benchmarks.figures import Figure, middle
from standins.embedded import EmbeddedServers
from tests.store.samples import connection
from xerosync.core.clock import utc_now
from xerosync.core.documents import Kind
from xerosync.core.holds import HoldReason
from xerosync.core.temporal import SEARCH_ATTRIBUTES
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import ListPlace, Selection
from xerosync.postgres import Database, PostgresDocumentLists, PostgresStore, migrate, open_database

TITLE = "Pages of the console"
ACCOUNT = "account-1"
_LIMIT_MS = 150
_RUNS = 7
_COUNTED = 100_001

FILL = """
INSERT INTO documents (
    account_id, kind, document_id, number, customer_id, customer_name, currency, gross_total, sequence_status,
    issue_date, reference_digest, xero_id, xero_status, xero_sent, xero_issue_date, xero_seen_at, xero_total,
    hold_reason, hold_words, hold_since, ignored_because, ignored_by, ignored_since, state, held_by, updated_at
)
SELECT
    CASE WHEN n % 10 = 0 THEN 'account-2' ELSE 'account-1' END,
    CASE WHEN n % 4 = 0 THEN 'credit_note' ELSE 'invoice' END,
    gen_random_uuid(), 'INV-' || n, 'customer-' || n % 3000,
    'Customer No' || n % 3000 || ' Ltd' || CASE WHEN n > 100000 THEN ' (retired)' ELSE '' END, 'GBP', 120, 'SENT',
    ((now() - n * interval '1 minute') AT TIME ZONE 'UTC')::date, '0',
    CASE WHEN held THEN NULL ELSE gen_random_uuid() END, CASE WHEN held THEN NULL ELSE 'PAID' END,
    CASE WHEN held THEN NULL ELSE true END,
    CASE WHEN held THEN NULL WHEN n % 9999 = 1 THEN date '3000-01-01' ELSE date '2026-03-01' END,
    CASE WHEN held THEN NULL ELSE now() END, CASE WHEN held THEN NULL WHEN n % 2000 = 3 THEN 119.99 ELSE 120 END,
    CASE WHEN held THEN reason END, CASE WHEN held THEN 'words' END, CASE WHEN held THEN now() END,
    CASE WHEN n % 1000 = 7 THEN 'by hand' END, CASE WHEN n % 1000 = 7 THEN 'ada' END,
    CASE WHEN n % 1000 = 7 THEN now() END,
    CASE WHEN held THEN 'held' WHEN n % 50 = 4 THEN 'pushed' ELSE 'settled' END, CASE WHEN held THEN reason END,
    now() - n * interval '1 minute'
FROM (
    SELECT n, n % 20 = 5 AS held, CASE WHEN n % 4000 = 5 THEN 'plan_limit' ELSE 'customer_unlinked' END AS reason
    FROM generate_series(1, {rows}) AS n
) AS made;
ANALYZE documents;
"""
"""Documents of two accounts, nine in ten of them of the first."""

FILL_CUSTOMERS = """
INSERT INTO customer_links (account_id, customer_id, contact_id, customer_name)
SELECT account, 'customer-' || n, 'contact-' || n, 'Customer No' || n
FROM generate_series(1, 20000) AS n, unnest(ARRAY['account-1', 'account-2', 'account-3']) AS account;
INSERT INTO import_rows (account_id, import_id, contact_id, name, outcome, reasons)
SELECT account, 'last', 'contact-' || n, 'Customer No' || n,
    (ARRAY['linked', 'linked', 'linked', 'invalid', 'ready'])[1 + n % 5], '{}'
FROM generate_series(1, 20000) AS n, unnest(ARRAY['account-1', 'account-2', 'account-3']) AS account;
ANALYZE customer_links, import_rows;
"""
"""20,000 customers that are linked, and an import of as many contacts, in each of three accounts."""

FILL_PREVIEWS = """
INSERT INTO backfill_previews (account_id, preview_id, ended_at)
SELECT account, 'last', now() FROM unnest(ARRAY['account-1', 'account-2']) AS account;
INSERT INTO backfill_rows (account_id, preview_id, kind, document_id, became, row)
SELECT account, 'last', 'invoice', n, became, jsonb_build_object(
    'kind', 'invoice', 'document_id', n::text, 'number', 'INV-' || n, 'customer_id', 'customer-' || n % 3000,
    'customer', 'Customer No' || n % 3000, 'status', 'FINAL', 'currency', 'GBP', 'total', 120, 'became', became,
    'holds', CASE became WHEN 'would go' THEN '[]' ELSE '["customer_unlinked"]' END::jsonb, 'words', 'Not linked.'
)
FROM unnest(ARRAY['account-1', 'account-2']) AS account, (
    SELECT n, CASE WHEN n % 5 = 0 THEN 'would be on hold' ELSE 'would go' END AS became
    FROM generate_series(1, 100000) AS n
) AS made;
ANALYZE backfill_rows;
"""
"""A preview of 100,000 documents in each of two accounts, a fifth of which would be on hold."""


async def measure() -> list[Figure]:
    """Fill a database of its own, and read the first page and the count of each filter several times."""
    async with EmbeddedServers.start(None, SEARCH_ATTRIBUTES) as servers:
        watcher = await asyncpg.connect(servers.database_url)
        async with open_database(SecretStr(servers.database_url), connections=1) as database:
            await migrate(database)
            await watcher.execute(FILL.format(rows=111_111), timeout=300)
            await watcher.execute(FILL_CUSTOMERS, timeout=300)
            await watcher.execute(FILL_PREVIEWS, timeout=300)
            await watcher.execute("VACUUM documents, customer_links, import_rows, backfill_rows")
            lists = PostgresDocumentLists(database)
            measured = _Measured(watcher, database)
            for name, selection in selections().items():

                async def page(selection: Selection = selection) -> None:
                    await lists.page(ACCOUNT, selection, limit=51)
                    await lists.totals(ACCOUNT, selection, _COUNTED)

                await measured.take(name, page)
            deep = (await lists.page(ACCOUNT, Selection(), limit=5_000))[-1]

            async def later() -> None:
                await lists.page(ACCOUNT, Selection(), after=ListPlace.of(deep), limit=51)

            async def overview() -> None:
                await lists.counts(ACCOUNT)
                await lists.held_amounts(ACCOUNT)
                await lists.by_day(ACCOUNT, utc_now() - timedelta(days=14))

            await measured.take("a page behind 5,000 documents", later)
            await measured.take("the overview", overview)
            await PostgresStore(database).save_connection(connection(ACCOUNT))
            document = (await lists.page(ACCOUNT, Selection(kind=Kind.INVOICE), limit=1))[0].ref.document_id
            pages = await page_figures(ACCOUNT, document, servers, database)
            figures = [*measured.figures, *pages, *await bulk_figures(ACCOUNT, database, watcher)]
        await watcher.close()
    return figures


class _Measured:
    """Takes times, and sees by PostgreSQL's own count whether a sequential scan served it."""

    def __init__(self, watcher: asyncpg.Connection, database: Database) -> None:
        self._database = database
        self._watcher = watcher
        self.figures: list[Figure] = []

    async def take(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        before = await self._sequential_scans()
        spent: list[float] = []
        for _ in range(_RUNS):
            began = time.perf_counter()
            await work()
            spent.append(1000 * (time.perf_counter() - began))
        scans = await self._sequential_scans() - before
        self.figures.append(
            Figure(name, middle(spent), "ms", at_most=_LIMIT_MS, note="reads the whole table" if scans else "")
        )

    async def _sequential_scans(self) -> int:
        # The pool has one connection, which reports at once what it did.
        async with self._database.session() as session:
            await session.script("SELECT pg_stat_force_next_flush()", seconds=10)
        scans: int | None = await self._watcher.fetchval(
            "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'documents'"
        )
        return scans or 0


def selections() -> dict[str, Selection]:
    """Return the filters that are measured, by name."""
    today = utc_now().date()
    return {
        "all": Selection(),
        **{f"state {state}": Selection(state=state) for state in SyncState},
        "hold of many": Selection(hold=HoldReason.CUSTOMER_UNLINKED),
        "hold of few": Selection(hold=HoldReason.PLAN_LIMIT),
        "hold of none": Selection(hold=HoldReason.REJECTED),
        "credit notes": Selection(kind=Kind.CREDIT_NOTE),
        "one customer": Selection(customer_id="customer-77"),
        "alarms": Selection(alarm=True),
        "totals that differ": Selection(drift=True),
        "ignored": Selection(ignored=True),
        "a number": Selection(search="inv-4711"),
        "a customer's name": Selection(search="no1234"),
        "words that all have": Selection(search="customer ltd"),
        "a word that only old ones have": Selection(search="retired"),
        "words that none has": Selection(search="zebra"),
        "issued today": Selection(issued_from=today),
        "issued in the oldest week": Selection(issued_to=today - timedelta(days=70)),
        "settled, of the oldest week": Selection(state=SyncState.SETTLED, issued_to=today - timedelta(days=70)),
        "credit notes of the oldest week": Selection(kind=Kind.CREDIT_NOTE, issued_to=today - timedelta(days=70)),
        "issued on no day": Selection(issued_to=today - timedelta(days=1000)),
        "ignored credit notes": Selection(kind=Kind.CREDIT_NOTE, ignored=True),
        "held, of one customer": Selection(state=SyncState.HELD, customer_id="customer-5"),
    }
