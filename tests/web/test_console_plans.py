"""Pages of the console over many documents: PostgreSQL itself counts that none of them reads a whole table."""

from collections.abc import Mapping
from datetime import timedelta

import asyncpg

from benchmarks.console import ACCOUNT, FILL, FILL_CUSTOMERS, FILL_PREVIEWS
from tests.patience import PATIENCE, until
from tests.store.samples import connection
from tests.web.console import Console, open_console
from xerosync.backfill.report import BackfillResult
from xerosync.core.clock import utc_now
from xerosync.core.documents import Kind
from xerosync.core.holds import HoldReason
from xerosync.customers.contact_to_customer import ImportOutcome
from xerosync.documents.messages import SyncState

ROWS = 111_111
"""So that the two weeks of the overview are a part of it: of most of a table a sequential scan is the quicker plan."""
_TIMELINE = """
INSERT INTO timeline_entries (
    account_id, kind, document_id, happened, facts, words, caused_by, signal, who, after_change
)
SELECT account_id, kind, document_id, 'asked', '{"command": "retry"}', '', '', '', 'Ada', 0 FROM documents;
ANALYZE timeline_entries;
"""
_SCANS = """
SELECT relname, seq_scan FROM pg_stat_user_tables
WHERE relname IN ('documents', 'timeline_entries', 'customer_links', 'import_rows', 'backfill_rows') ORDER BY relname
"""

_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""

_SEARCH = """EXPLAIN SELECT * FROM chosen_documents('acme', '{"words": "ada:*"}')"""

TODAY = utc_now().date()
FILTERS = [
    "",
    *(f"state={state}" for state in SyncState),
    *(f"hold={reason}" for reason in HoldReason),
    *(f"kind={kind}" for kind in Kind),
    "alarm=yes",
    "drift=yes",
    "ignored=yes",
    "customer=customer-77",
    "search=inv-4711",
    "search=no1234",
    "search=customer+ltd",
    "search=retired",
    "search=zebra",
    "issued_from=2000-01-01&issued_to=2100-01-01",
    f"issued_from={TODAY}",
    f"issued_to={TODAY - timedelta(days=70)}",
    f"issued_to={TODAY - timedelta(days=70)}&state=settled",
    f"issued_to={TODAY - timedelta(days=70)}&kind=credit_note",
    "issued_to=2001-01-01",
    "state=held&customer=customer-5",
    "kind=credit_note&ignored=yes",
]


async def test_no_page_reads_a_whole_table(database_url: str) -> None:
    document_id = await filled(database_url)
    before = await scans(database_url)
    async with open_console(database_url) as console:
        await console.services.store.save_connection(connection(ACCOUNT))
        await visit(console, document_id)
    assert await scans(database_url) == before


async def test_a_search_makes_no_words_of_a_document_while_it_reads(database_url: str) -> None:
    database = await asyncpg.connect(database_url)
    plan = await database.fetch(_SEARCH)
    await database.close()
    assert any("words @@" in line["QUERY PLAN"] for line in plan)
    assert not any("to_tsvector" in line["QUERY PLAN"] for line in plan)


async def filled(database_url: str) -> str:
    """Fill the database; return the id of an invoice."""
    database = await asyncpg.connect(database_url)
    await database.execute(FILL.format(rows=ROWS), timeout=PATIENCE)
    await database.execute(_TIMELINE, timeout=PATIENCE)
    await database.execute(FILL_CUSTOMERS, timeout=PATIENCE)
    await database.execute(FILL_PREVIEWS, timeout=PATIENCE)
    await database.execute("VACUUM documents, timeline_entries, customer_links, import_rows, backfill_rows")
    document_id = await database.fetchval(
        "SELECT document_id FROM documents WHERE account_id = $1 AND kind = 'invoice' LIMIT 1", ACCOUNT
    )
    await database.close()
    return document_id


async def scans(database_url: str) -> Mapping[str, int]:
    """Return how often each table was read as a whole; whoever did is gone, for it is said at the end."""
    database = await asyncpg.connect(database_url)

    async def is_alone() -> bool:
        return await database.fetchval(_OTHERS) == 0

    await until(is_alone)
    found = {row["relname"]: row["seq_scan"] for row in await database.fetch(_SCANS)}
    await database.close()
    return found


async def visit(console: Console, document_id: str) -> None:
    account = f"/accounts/{ACCOUNT}"
    for page in ("", "/reconcile", "/backfill", "/bulk", "/settings", "/settings/keys", "/documents.csv?state=held"):
        await console.page(account + page)
    await console.page(f"{account}/documents/invoice/{document_id}")
    for query in FILTERS:
        await console.page(f"{account}/documents?{query}")
    # What the pages of customers and of the import read here; the rest of them is Sequence's and Temporal's to answer.
    imports = console.services.imports
    counts = await imports.outcomes(ACCOUNT)
    assert counts == {ImportOutcome.LINKED: 12_000, ImportOutcome.INVALID: 4_000, ImportOutcome.READY: 4_000}
    in_order = {outcome: counts[outcome] for outcome in sorted(counts)}
    assert len({row.contact_id for row in await imports.part(ACCOUNT, in_order, skip=15_900, limit=201)}) == 201
    last = await imports.part(ACCOUNT, in_order, skip=19_990, limit=201)
    assert [row.name for row in last] == sorted(row.name for row in last)
    assert len(last) == 10
    assert len(await console.services.store.contacts_of(ACCOUNT, [f"customer-{n}" for n in range(1, 101)])) == 100
    previews = console.services.backfill_previews
    assert await previews.counts(ACCOUNT) == {BackfillResult.WOULD_GO: 80_000, BackfillResult.WOULD_HOLD: 20_000}
    assert await previews.holds(ACCOUNT) == {HoldReason.CUSTOMER_UNLINKED: 20_000}
    # As its numbers are made, the documents on hold are those of every twentieth customer.
    assert len(await console.services.document_lists.awaited_customers(ACCOUNT, 50)) == 50
