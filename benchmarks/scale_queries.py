"""What the product asks of a large store, in groups, each with what it may take."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import asyncpg

from benchmarks.console import selections
from benchmarks.scale_data import BIG
from xerosync.bulk.messages import BulkAct, BulkOutcome, BulkResult
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.hints import Delivery, Hint, HintAct, Provider
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Limits
from xerosync.customers.contact_to_customer import ImportOutcome
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import ListPlace, Selection
from xerosync.postgres import (
    Database,
    PostgresBackfillPreviews,
    PostgresBulkActs,
    PostgresDocumentLists,
    PostgresImports,
    PostgresInbox,
    PostgresPurge,
    PostgresSpacings,
    PostgresStanding,
    PostgresStore,
)
from xerosync.postgres.database import QUERIES
from xerosync.postgres.purge import AT_ONCE as PURGED_AT_ONCE

STEP_MS = 250
"""What a step, a page of a sweep or a webhook may take: thousands follow each other."""

PAGE_MS = 500
"""What a person who looks at a page may wait for the store."""

DAY_MS = 5_000
"""What is asked once a day, or by a command, may take."""

_COUNTED = 100_001
_HALF_A_YEAR = timedelta(days=180)
_PAGE = 100
_DEEP = 5_000


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the product asks, and how many milliseconds 99 of 100 answers may take."""

    group: str
    name: str
    ask: Callable[[], Awaitable[object]]
    at_most: float


class Samples:
    """Documents of the large account to ask about, others each time."""

    def __init__(self, refs: list[DocumentRef], xero_ids: list[str]) -> None:
        self._refs, self._xero_ids, self._place = refs, xero_ids, count()

    @classmethod
    async def take(cls, watcher: asyncpg.Connection) -> "Samples":
        """Take some that stand anywhere in the table."""
        rows = await watcher.fetch(
            "SELECT kind, document_id, xero_id FROM documents TABLESAMPLE SYSTEM (10)"
            " WHERE account_id = $1 AND xero_id IS NOT NULL LIMIT 2000",
            BIG,
        )
        refs = [DocumentRef(account_id=BIG, kind=Kind(row["kind"]), document_id=row["document_id"]) for row in rows]
        return cls(refs, [row["xero_id"] for row in rows])

    def number(self) -> int:
        """Return another number each time."""
        return next(self._place)

    def ref(self) -> DocumentRef:
        """Return another document each time."""
        return self._refs[next(self._place) % len(self._refs)]

    def ids(self, kind: Kind, many: int = _PAGE) -> list[str]:
        """Return the ids of other documents each time."""
        first = next(self._place) % (len(self._refs) - 2 * many)
        return [each.document_id for each in self._refs[first : first + 2 * many] if each.kind is kind][:many]

    def xero_ids(self, many: int = _PAGE) -> list[str]:
        """Return other ids of Xero each time."""
        first = next(self._place) % (len(self._xero_ids) - many)
        return self._xero_ids[first : first + many]


def questions(database: Database, some: Samples) -> list[Question]:
    """Return all of them."""
    return [
        *_of_steps(database, some),
        *_of_sweeps(database, some),
        *_of_webhooks(database, some),
        *_of_lists(database, some),
        *_of_the_console(database),
        *_of_commands(database, some),
        *_of_bulk_acts(database),
        *_of_upkeep(database),
    ]


def _group(name: str, at_most: float, asked: dict[str, Callable[[], Awaitable[object]]]) -> list[Question]:
    return [Question(name, what, ask, at_most) for what, ask in asked.items()]


def _of_steps(database: Database, some: Samples) -> list[Question]:
    store = PostgresStore(database)

    async def change() -> None:
        at = utc_now()
        await store.change(some.ref(), lambda link: link.model_copy(update={"sequence_read_at": at}))

    return _group(
        "a step",
        STEP_MS,
        {
            "the link of a document": lambda: store.document(some.ref()),
            "change a link": change,
            "the timeline of a document": lambda: store.timeline(some.ref()),
            "the contact of a customer": lambda: store.contact_of(BIG, f"customer-{some.number() % 20_000}"),
            "documents that wait for a customer": lambda: store.held_by(
                BIG, HoldReason.CUSTOMER_UNLINKED, f"customer-{some.number() % 20_000}"
            ),
        },
    )


def _of_sweeps(database: Database, some: Samples) -> list[Question]:
    store, spacings = PostgresStore(database), PostgresSpacings(database)
    after = ""

    async def waiting() -> None:
        nonlocal after
        links = await store.waiting(BIG, Kind.INVOICE, after=after, limit=_PAGE)
        after = links[-1].ref.document_id if links else ""

    async def echoes() -> None:
        await spacings.echoes(BIG, utc_now() - timedelta(hours=6), utc_now())

    return [
        *_group(
            "a sweep",
            STEP_MS,
            {
                "which kinds are open": lambda: store.open_kinds(BIG),
                "100 documents by Xero's ids": lambda: store.in_xero(BIG, some.xero_ids()),
                "a page of what waits": waiting,
                "links of a page of Sequence": lambda: store.document_links(BIG, Kind.INVOICE, some.ids(Kind.INVOICE)),
                "500 holds that are due": lambda: store.holds_due(BIG, utc_now(), 500),
                "notes that are owed": lambda: store.origins_owed(BIG, 100),
                "documents held for the plan": lambda: store.held_by(BIG, HoldReason.PLAN_LIMIT),
                "acts that are owed": lambda: store.overdue(BIG, utc_now()),
                "what Xero announced": lambda: spacings.announced(BIG),
            },
        ),
        *_group(
            "a sweep, once a day",
            DAY_MS,
            {
                "echoes of six hours": echoes,
                "what waits, by status": lambda: store.waiting_by_status(BIG, Kind.INVOICE),
            },
        ),
    ]


def _of_webhooks(database: Database, some: Samples) -> list[Question]:
    inbox = PostgresInbox(database)

    def delivery() -> Delivery:
        hint = Hint(account_id=BIG, type="INVOICE_UPDATED", resource_id="an id", act=HintAct.AMENDED, kind=Kind.INVOICE)
        digest = hashlib.sha256(f"benchmark {some.number()}".encode()).digest()
        return Delivery(provider=Provider.SEQUENCE, digest=digest, hints=(hint,))

    return [
        *_group(
            "a webhook",
            STEP_MS,
            {
                "keep a delivery": lambda: inbox.add(delivery()),
                "claim 100 hints": lambda: inbox.claim(0, 100),
                "when each company last called": lambda: inbox.last_of(BIG),
            },
        ),
        *_group("a command", DAY_MS, {"what the companies sent in 30 days": inbox.activity}),
    ]


def _of_lists(database: Database, some: Samples) -> list[Question]:
    store = PostgresStore(database)
    tenant = f"tenant-{BIG}"
    customers = [f"customer-{number}" for number in range(_PAGE)]
    return _group(
        "reconcile and backfill",
        STEP_MS,
        {
            "who claims 1,000 documents of Xero": lambda: store.claims(tenant, Kind.INVOICE, some.xero_ids(1_000)),
            "contacts of a page": lambda: store.contacts_of(BIG, customers),
            "which of a page came earlier": lambda: store.earlier(BIG, Kind.INVOICE, some.ids(Kind.INVOICE)),
        },
    )


def _of_the_console(database: Database) -> list[Question]:
    lists, imports, previews = (
        PostgresDocumentLists(database),
        PostgresImports(database),
        PostgresBackfillPreviews(database),
    )
    place: ListPlace | None = None

    def page(selection: Selection) -> Callable[[], Awaitable[object]]:
        async def ask() -> None:
            await lists.page(BIG, selection, limit=51)
            await lists.totals(BIG, selection, _COUNTED)

        return ask

    async def deep() -> None:
        nonlocal place
        if place is None:
            place = ListPlace.of((await lists.page(BIG, Selection(), limit=_DEEP))[-1])
        await lists.page(BIG, Selection(), after=place, limit=51)

    asked: dict[str, Callable[[], Awaitable[object]]] = {
        **{f"list: {name}": page(selection) for name, selection in selections().items()},
        f"a page behind {_DEEP:,} documents": deep,
        "overview: counts": lambda: lists.counts(BIG),
        "overview: amounts on hold": lambda: lists.held_amounts(BIG),
        "overview: two weeks by day": lambda: lists.by_day(BIG, utc_now() - timedelta(days=14)),
        "a customer's documents": lambda: lists.counts_of_customer(BIG, "customer-77"),
        "an import's counts": lambda: imports.outcomes(BIG),
        "a late page of an import": lambda: imports.part(BIG, {ImportOutcome.LINKED: 13_333}, skip=13_000, limit=201),
        "a preview's counts": lambda: previews.counts(BIG),
        "a preview's holds": lambda: previews.holds(BIG),
        "a page of a preview": lambda: previews.rows(BIG, limit=51),
    }
    return _group("the console", PAGE_MS, asked)


def _of_commands(database: Database, some: Samples) -> list[Question]:
    store = PostgresStore(database)
    standing = PostgresStanding(database, Limits())

    async def by_id() -> None:
        ref = some.ref()
        await store.documents_by_id(ref.kind, ref.document_id)

    return [
        *_group(
            "a command",
            PAGE_MS,
            {
                "status: the last 100 of all accounts": store.documents,
                "status: the last 100 of an account": lambda: store.documents(BIG),
                "status: held, all accounts": lambda: store.documents(state=SyncState.HELD),
                "status: one hold, all accounts": lambda: store.documents(hold=HoldReason.CUSTOMER_UNLINKED),
                "status: one hold, an account": lambda: store.documents(BIG, hold=HoldReason.PLAN_LIMIT),
                "status: a customer's": lambda: store.documents(BIG, customer_id="customer-77"),
                "status: ignored": lambda: store.documents(BIG, ignored=True),
                "status: drifting, all accounts": lambda: store.documents(drifting=True),
                "a document by its number": lambda: store.documents_by_number(f"inv-{1 + some.number() % 1000}"),
                "a document by its id, in any account": by_id,
                "500 that a hold keeps, all accounts": lambda: store.held_page(HoldReason.CUSTOMER_UNLINKED),
                "500 that a hold keeps, an account": lambda: store.held_page(HoldReason.CUSTOMER_UNLINKED, BIG),
            },
        ),
        *_group(
            "a command",
            DAY_MS,
            {
                "status: counts of all accounts": store.counts,
                "status: counts of an account": lambda: store.counts(BIG),
                "what an organisation has (connect)": lambda: store.documents_bound(BIG, f"tenant-{BIG}"),
            },
        ),
        *_group("metrics", PAGE_MS, {"all gauges of the store": standing.read}),
    ]


def _of_bulk_acts(database: Database) -> list[Question]:
    acts, frozen = PostgresBulkActs(database), list[str]()

    async def freeze() -> None:
        record = await acts.freeze(BIG, Selection(hold=HoldReason.CUSTOMER_UNLINKED), BulkAct.RETRY, "", "Ada")
        frozen.append(record.bulk_id)

    async def perform() -> None:
        for each in await acts.begin(frozen[0], _PAGE):
            await acts.conclude(frozen[0], each.place, BulkResult(outcome=BulkOutcome.DONE))
            break

    return [
        *_group("a bulk act", DAY_MS, {"freeze 6,000 documents": freeze}),
        *_group(
            "a bulk act",
            PAGE_MS,
            {
                "take a page, conclude one": perform,
                "a page of its results": lambda: acts.documents(BIG, frozen[0], after=3_000, limit=101),
                "its counts": lambda: acts.outcomes(frozen[0]),
                "the last acts": lambda: acts.last(BIG),
            },
        ),
    ]


def _of_upkeep(database: Database) -> list[Question]:
    purge, inbox = PostgresPurge(database), PostgresInbox(database)

    async def documents() -> None:
        await database.row(QUERIES.purge.documents, before=utc_now() - timedelta(days=1), at_most=PURGED_AT_ONCE)

    return [
        *_group("a purge", PAGE_MS, {"200 documents with their timelines": documents}),
        *_group(
            "a purge",
            DAY_MS,
            {"what it would take": lambda: purge.preview(utc_now() - _HALF_A_YEAR)},
        ),
        *_group("a webhook", PAGE_MS, {"forget what is older than 30 days": inbox.forget_old}),
    ]
