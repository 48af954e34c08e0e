"""The purge takes what is old and done, and never what keeps a document from being doubled."""

import asyncio
import re
from collections.abc import Callable
from datetime import date, timedelta

import asyncpg
import pytest

from tests.patience import PATIENCE
from tests.store.samples import connection, document, hold, intent, ref, xero_view
from tests.store.test_standing import fill
from xerosync.backfill.messages import PreviewPageInput
from xerosync.backfill.report import expected
from xerosync.bulk.messages import BulkAct
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentStatus, Kind
from xerosync.core.owed import signal_of
from xerosync.customers.contact_to_customer import ImportOutcome, ImportRow
from xerosync.customers.matching import KnownCustomer
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import Selection
from xerosync.documents.timeline import EntryKind, TimelineEntry
from xerosync.documents.views import SequenceView
from xerosync.postgres import (
    Database,
    PostgresBackfillPreviews,
    PostgresBulkActs,
    PostgresImports,
    PostgresPurge,
    PostgresStore,
    Purged,
)
from xerosync.postgres.database import QUERIES
from xerosync.postgres.errors import XeroDocumentTakenError

YEAR = timedelta(days=365)
ASKED = TimelineEntry(happened=EntryKind.ASKED, words="retry")


async def no_import(account_id: str) -> bool:
    return not account_id


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


@pytest.fixture
def purge(database: Database) -> PostgresPurge:
    return PostgresPurge(database, at_once=2, rest=0)


def settled(link: DocumentLink) -> DocumentLink:
    read = document(link.ref, status=DocumentStatus.SENT)
    view = xero_view(f"x-{link.ref.document_id}", sent=True, applied=SequenceView.of(read).header)
    return link.read(read).pushed(view, read.gross_total, "tenant-1", "!acme1")


async def keep(store: PostgresStore, document_id: str, change: Callable[[DocumentLink], DocumentLink]) -> DocumentLink:
    return await store.change(ref(document_id), change)


async def age(database: Database, *tables: str) -> None:
    """Let what stands in some tables be two years older."""
    columns = {
        "documents": ("updated_at",),
        "customer_links": ("linked_at",),
        "import_rows": ("kept_at",),
        "known_customers": ("kept_at",),
        "backfill_previews": ("began_at", "ended_at"),
        "bulk_acts": ("asked_at", "ended_at"),
    }
    async with database.session() as session:
        for table in tables or columns:
            moved = ", ".join(f"{column} = {column} - interval '2 years'" for column in columns[table])
            await session.script(f"UPDATE {table} SET {moved}", seconds=60)


async def test_of_a_document_that_is_done_the_story_and_the_name_go_and_the_link_stays(
    database: Database, store: PostgresStore, purge: PostgresPurge
) -> None:
    for number in range(5):
        await keep(store, f"old-{number}", settled)
    await age(database)
    before = await store.document(ref("old-0"))
    await keep(store, "young", settled)
    since = utc_now() - YEAR
    assert before.state is SyncState.SETTLED
    assert await purge.preview(since) == Purged(documents=5)
    assert await purge.purge(since, no_import) == Purged(documents=5)

    assert await store.document(ref("old-0")) == before.model_copy(update={"customer_name": None})
    timeline = await store.timeline(ref("old-0"))
    assert timeline.entries == ()
    assert timeline.purged_at is not None
    young = await store.timeline(ref("young"))
    assert young.entries
    assert young.purged_at is None
    assert (await store.document(ref("young"))).customer_name == "Ada & Söhne"
    assert await purge.purge(since, no_import) == Purged()


async def test_what_is_purged_still_keeps_its_document_of_xero_from_every_other(
    database: Database, store: PostgresStore, purge: PostgresPurge
) -> None:
    await store.save_connection(connection("acme", "tenant-1"))
    await keep(store, "inv-1", settled)
    await age(database)
    await purge.purge(utc_now() - YEAR, no_import)
    assert await store.claims("tenant-1", Kind.INVOICE, ["x-inv-1"]) == {"x-inv-1": ("acme", "inv-1")}
    with pytest.raises(XeroDocumentTakenError):
        await keep(store, "inv-2", lambda link: link.read(document(link.ref)).seen(xero_view("x-inv-1")))
    assert [each.ref for each in await store.documents_by_number("INV-1")] == [ref("inv-1")]


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link.read(document(link.ref)),
        lambda link: link.read(document(link.ref)).pushed(xero_view(), document().gross_total, "tenant-1"),
        lambda link: settled(link).following(None).model_copy(update={"reports_payments": True}),
        lambda link: settled(link).held(hold()),
        lambda link: link.read(document(link.ref, status=DocumentStatus.VOIDED)).intended(intent(), "tenant-1"),
        lambda link: settled(link).model_copy(update={"intent": intent()}),
        lambda link: settled(link).model_copy(update={"origin_owed": True}),
    ],
    ids=["on its way", "not sent", "not paid", "held", "in doubt", "a create under way", "note owed"],
)
async def test_what_is_not_done_keeps_everything(
    database: Database, store: PostgresStore, purge: PostgresPurge, change: Callable[[DocumentLink], DocumentLink]
) -> None:
    await keep(store, "inv-1", change)
    await age(database)
    before = await store.document(ref("inv-1")), await store.timeline(ref("inv-1"))
    assert before[1].entries
    since = utc_now() - YEAR
    assert await purge.preview(since) == await purge.purge(since, no_import) == Purged()
    assert (await store.document(ref("inv-1")), await store.timeline(ref("inv-1"))) == before


async def test_what_is_owed_a_signal_waits(database: Database, store: PostgresStore, purge: PostgresPurge) -> None:
    await keep(store, "inv-1", settled)
    await age(database)
    owed = signal_of(ref("inv-1"))
    await store.owe([owed])
    since = utc_now() - YEAR
    assert await purge.preview(since) == await purge.purge(since, no_import) == Purged()
    await store.settle([owed])
    assert await purge.purge(since, no_import) == Purged(documents=1)


async def test_what_changes_or_is_told_after_a_purge_is_purged_when_it_is_old_again(
    database: Database, store: PostgresStore, purge: PostgresPurge
) -> None:
    for name in ("inv-1", "inv-2"):
        await keep(store, name, settled)
    await age(database)
    await purge.purge(utc_now() - YEAR, no_import)
    await keep(store, "inv-1", lambda link: settled(link).read(document(link.ref, status=DocumentStatus.VOIDED)))
    await keep(store, "inv-1", settled)
    assert await purge.purge(utc_now() - YEAR, no_import) == Purged()
    await age(database, "documents")
    await store.add_entry(ref("inv-2"), ASKED)
    assert [each.happened for each in (await store.timeline(ref("inv-2"))).entries] == [EntryKind.ASKED]
    assert await purge.purge(utc_now() - YEAR, no_import) == Purged(documents=2)
    assert (await store.timeline(ref("inv-2"))).entries == ()


async def test_a_document_that_somebody_works_on_is_passed_over_and_nobody_waits(
    database: Database, store: PostgresStore, purge: PostgresPurge, database_url: str
) -> None:
    for number in range(3):
        await keep(store, f"inv-{number}", settled)
    await age(database)
    somebody = await asyncpg.connect(database_url)
    async with asyncio.timeout(PATIENCE), somebody.transaction():
        await somebody.execute("SELECT FROM documents WHERE document_id = 'inv-1' FOR UPDATE")
        assert await purge.purge(utc_now() - YEAR, no_import) == Purged(documents=2)
    await somebody.close()
    assert await purge.purge(utc_now() - YEAR, no_import) == Purged(documents=1)


async def test_who_changes_a_document_beside_the_purge_loses_nothing(
    database: Database, store: PostgresStore, purge: PostgresPurge
) -> None:
    await keep(store, "inv-1", settled)
    await age(database)
    asked = asyncio.Event()

    async def change_late() -> DocumentLink:
        row = await database.row(QUERIES.documents.get, account_id="acme", kind="invoice", document_id="inv-1")
        assert row
        await asked.wait()
        return await keep(store, "inv-1", lambda link: link.read(document(link.ref, status=DocumentStatus.VOIDED)))

    changing = asyncio.create_task(change_late())
    await purge.purge(utc_now() - YEAR, no_import)
    asked.set()
    assert (await changing).xero == (await store.document(ref("inv-1"))).xero
    assert (await store.timeline(ref("inv-1"))).entries


async def test_several_purges_at_once_take_each_document_once(database: Database) -> None:
    await fill(database, "settled", 500, status="SENT")
    await age(database, "documents")
    purges = [PostgresPurge(database, at_once=20, rest=0) for _ in range(4)]
    done = await asyncio.gather(*(each.purge(utc_now() - YEAR, no_import) for each in purges))
    assert sum(each.documents for each in done) == 500
    assert (await purges[0].preview(utc_now() - YEAR)).documents == 0


async def test_the_name_of_a_customer_goes_with_its_last_document_and_its_link_stays(
    database: Database, store: PostgresStore, purge: PostgresPurge
) -> None:
    for customer_id in ("cust-1", "cust-2", "cust-3"):
        await store.link_customer("acme", customer_id, f"contact-{customer_id}", f"Name of {customer_id}")
    await keep(store, "old", settled)
    await store.change(ref("open"), lambda link: link.read(document(link.ref, customer_id="cust-2")))
    await age(database)
    since = utc_now() - YEAR
    expected_to_go = Purged(documents=1, customers=2)
    assert await purge.preview(since) == expected_to_go
    assert await purge.purge(since, no_import) == expected_to_go
    links = {each.customer_id: (each.contact_id, each.customer_name) for each in await store.customer_links("acme")}
    assert links == {
        "cust-1": ("contact-cust-1", None),
        "cust-2": ("contact-cust-2", "Name of cust-2"),
        "cust-3": ("contact-cust-3", None),
    }


async def test_old_reports_go_and_the_directory_of_an_import_that_runs_stays(
    database: Database, store: PostgresStore, purge: PostgresPurge
) -> None:
    imports, previews, bulk = PostgresImports(database), PostgresBackfillPreviews(database), PostgresBulkActs(database)
    for account_id in ("acme", "other"):
        await imports.begin(account_id, "first")
        await imports.keep_known(account_id, "first", [KnownCustomer(customer_id="c-1", name="Ada")])
    row = ImportRow(contact_id="k-1", name="Ada", email="ada@example.com", outcome=ImportOutcome.READY)
    await imports.keep("acme", "first", [row])
    asked = PreviewPageInput(account_id="acme", preview_id="p", kind=Kind.INVOICE, since=date(2026, 1, 1))
    await previews.begin(asked)
    await previews.keep(asked, [expected(document(ref(f"inv-{number}")), []) for number in range(3)])
    await previews.end(asked)
    await keep(store, "held", lambda link: link.read(document(link.ref)).held(hold()))
    frozen = await bulk.freeze("acme", Selection(), BulkAct.RETRY, "", "Ada")
    since = utc_now() - YEAR
    assert await purge.preview(since) == await purge.purge(since, no_import) == Purged()

    await age(database)

    async def imports_acme(account_id: str) -> bool:
        return account_id == "acme"

    assert await purge.preview(since) == Purged(report_rows=7)
    assert await purge.purge(since, imports_acme) == Purged(report_rows=6)
    assert await imports.unread("acme") == ["c-1"]
    assert await imports.unread("other") == []
    assert list(await imports.rows("acme")) == []
    assert await previews.last("acme") is None
    assert await bulk.settled("acme", frozen.bulk_id) is None
    assert await purge.purge(since, no_import) == Purged(report_rows=1)


@pytest.mark.parametrize("query", ["documents", "customers"])
async def test_a_statement_reads_by_index_no_more_than_it_takes(database: Database, query: str) -> None:
    await fill(database, "settled", 20_000, status="SENT")
    await fill(database, "pushed", 2_000)
    async with database.session() as session:
        await session.script(
            "UPDATE documents SET updated_at = now() - interval '2 years' WHERE random() < 0.5;"
            "INSERT INTO timeline_entries (account_id, kind, document_id, happened, facts, words, caused_by, signal, "
            "who, after_change) SELECT 'acme', 'invoice', 'settled' || place % 20000, 'read', '{}', '', '', '', '', "
            "place FROM generate_series(1, 100000) AS place;"
            "INSERT INTO customer_links (account_id, customer_id, contact_id, customer_name, linked_at) "
            "SELECT 'acme', 'c-' || place, 'k-' || place, 'Name', now() - interval '2 years' "
            "FROM generate_series(1, 20000) AS place;",
            seconds=60,
        )
        await session.script("VACUUM ANALYZE documents, timeline_entries, customer_links", seconds=60)
        values = {
            "before": "now() - interval '1 year'",
            "at_most": "50",
            "after_at": "'-infinity'",
            "after_account": "''",
            "after_customer": "''",
        }
        sql = getattr(QUERIES.purge, query).sql
        names = list(dict.fromkeys(re.findall(r"\$(\d+)", sql)))
        given = dict(zip(names, _in_order(query, values), strict=True))
        for number in sorted(given, key=int, reverse=True):
            sql = sql.replace(f"${number}", given[number])
        rows = await session._connection.fetch(f"EXPLAIN (ANALYZE, FORMAT TEXT, TIMING OFF) {sql}")
    plan = "\n".join(row[0] for row in rows)
    assert "Seq Scan" not in plan, plan
    assert max(int(float(each)) for each in re.findall(r"actual rows=([\d.]+)", plan)) <= 300, plan


def _in_order(query: str, values: dict[str, str]) -> list[str]:
    parameters = {
        "documents": ("before", "at_most"),
        "customers": ("before", "after_at", "after_account", "after_customer", "at_most"),
    }
    return [values[name] for name in parameters[query]]
