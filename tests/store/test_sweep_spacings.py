"""What decides how far apart sweeps are, in PostgreSQL: what Xero's webhook announced, our writes among it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.doubles.memory_spacings import MemorySpacings
from tests.doubles.sweeps import xero_sweep
from tests.store.samples import NOON, connection, document, intent, ref, xero_view
from tests.workflows.world import MemoryBooks
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.hints import Delivery, Hint, HintAct, HintOutcome, Provider
from xerosync.core.xero_records import XeroDocument
from xerosync.documents.ports import Announcement, Echoes, KeptSpacing
from xerosync.documents.sweep_spacing import Spacing
from xerosync.documents.views import XeroView
from xerosync.postgres import Database, PostgresInbox, PostgresSpacings, PostgresStore

HOUR = timedelta(hours=1)


@pytest.fixture
def inbox(database: Database) -> PostgresInbox:
    return PostgresInbox(database)


@pytest.fixture
async def store(database: Database) -> PostgresStore:
    store = PostgresStore(database)
    await store.save_connection(connection("acme", "tenant-1"))
    return store


@pytest.fixture
def spacings(database: Database) -> PostgresSpacings:
    return PostgresSpacings(database)


async def announce(
    inbox: PostgresInbox,
    xero_id: str,
    *,
    act: HintAct = HintAct.SWEEP,
    account_id: str = "acme",
    provider: Provider = Provider.XERO,
) -> Announcement:
    """Let a webhook tell something."""
    digest = f"{provider} {account_id} {xero_id} {act}".encode()
    hint = Hint(account_id=account_id, type="INVOICE UPDATE", resource_id=xero_id, act=act)
    await inbox.add(Delivery(provider=provider, digest=digest, hints=(hint,)))
    return Announcement(digest, 0, "INVOICE UPDATE", xero_id)


async def test_what_xero_told_is_there_until_a_sweep_has_looked_at_it(
    inbox: PostgresInbox, spacings: PostgresSpacings
) -> None:
    first, second = await announce(inbox, "x-1"), await announce(inbox, "x-2")
    await announce(inbox, "x-3", act=HintAct.NOTHING)
    await announce(inbox, "x-4", account_id="other")
    await announce(inbox, "inv-1", provider=Provider.SEQUENCE)
    assert await spacings.announced("acme") == [first, second]
    await spacings.swept([first])
    await spacings.swept([])
    assert await spacings.announced("acme") == [second]
    await inbox.settle(dict.fromkeys(await inbox.claim(30, 10), HintOutcome.DELIVERED))
    assert await spacings.announced("acme") == [second], "it was delivered, and no sweep has looked yet"


async def test_what_turned_out_to_be_an_echo_asks_for_no_look(inbox: PostgresInbox, spacings: PostgresSpacings) -> None:
    await announce(inbox, "x-1")
    await inbox.settle(dict.fromkeys(await inbox.claim(30, 10), HintOutcome.DROPPED))
    assert await spacings.announced("acme") == []


class Told:
    """Takes down who is signalled."""

    def __init__(self) -> None:
        self.signalled: list[str] = []

    async def signal(
        self, ref: DocumentRef, name: str, payload: XeroView | None = None, *, number: str | None = None
    ) -> None:
        del number
        assert (name, payload is not None) == ("changed_in_xero", True)
        self.signalled.append(ref.document_id)


async def test_a_sweep_looks_up_what_was_announced_and_left_no_stamp(
    inbox: PostgresInbox, store: PostgresStore, spacings: PostgresSpacings
) -> None:
    books, workflows = MemoryBooks(), Told()
    for name in ("announced", "not announced", "settled"):
        known = document(ref(name), number=name, status=DocumentStatus.FINAL)
        view = xero_view(f"x-{name}")
        if name == "settled":
            known = document(ref(name), number=name, status=DocumentStatus.SENT)
            view = xero_view(f"x-{name}", sent=True, applied=known.header)
        await store.change(ref(name), lambda link, known=known, view=view: link.read(known).seen(view))
        books.documents[name] = XeroDocument(
            xero_id=view.xero_id,
            kind=Kind.INVOICE,
            number=name,
            status=view.status,
            sent=True,
            issue_date=view.issue_date,
            due_date=view.due_date,
            contact_id="contact",
            currency="GBP",
            total=known.gross_total,
            total_tax=known.total_tax,
            updated_at=NOON,
            seen_at=utc_now(),
        )
    books.unstamped.update(books.documents)
    await store.move_sweep_cursor("acme", Kind.INVOICE, utc_now())
    await announce(inbox, "x-announced")
    await announce(inbox, "x-settled")
    await announce(inbox, "x-unknown")
    memory: MemorySpacings | PostgresSpacings = spacings
    result = await xero_sweep(books, store, workflows, spacings=memory).run("acme")
    assert (workflows.signalled, books.looked_up, result.signalled) == (["announced"], ["announced"], 1)
    assert await spacings.announced("acme") == []
    spacing = (await spacings.get("acme")).spacing
    assert spacing
    assert spacing.sent_announced_at


async def test_writes_of_ours_are_counted_by_whether_they_were_echoed(
    inbox: PostgresInbox, store: PostgresStore, spacings: PostgresSpacings
) -> None:
    began = datetime.now(UTC) - timedelta(minutes=1)
    for name in ("echoed", "silent", "another's", "seen"):
        known = document(ref(name), number=name)
        await store.change(ref(name), lambda link, known=known: link.read(known))
    for name in ("echoed", "silent"):
        await store.change(ref(name), lambda link: link.intended(intent(), "tenant-1"))
    for name in ("echoed", "silent", "another's", "seen"):
        view = xero_view(f"x-{name}")
        await store.change(
            ref(name), lambda link, view=view: link.pushed(view, link.gross_total or 0, "tenant-1", "short")
        )
    # An event may wake a sweep, or be dropped as an echo: it was announced in both cases.
    await announce(inbox, "x-echoed", act=HintAct.NOTHING)
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert await spacings.echoes("acme", began, soon) == Echoes(1, 1)
    assert await spacings.echoes("acme", began - HOUR, began) == Echoes(0, 0)
    await announce(inbox, "x-silent")
    assert await spacings.echoes("acme", began, soon) == Echoes(2, 0)
    # What is applied and changes something was written; what Xero had already was not.
    header = document(ref("echoed"), number="echoed", status=DocumentStatus.SENT).header
    for name, sent in (("seen", False), ("another's", True)):
        view = xero_view(f"x-{name}", seen_at=NOON + HOUR).model_copy(update={"sent": sent, "applied": header})
        await store.change(ref(name), lambda link, view=view: link.seen(view))
    assert await spacings.echoes("acme", began, soon) == Echoes(2, 1)
    assert await spacings.echoes("other", began, soon) == Echoes(0, 0)


@pytest.mark.parametrize("kind", ["memory", "postgres"])
async def test_the_spacing_stands_and_what_a_person_asked_for_is_done_once(
    spacings: PostgresSpacings, kind: str
) -> None:
    kept = MemorySpacings() if kind == "memory" else spacings
    spacing = Spacing(usual=HOUR, since=NOON, judged_until=NOON, doublings=3, echoed_at=NOON, sent_announced_at=NOON)
    assert await kept.get("acme") == KeptSpacing(None, None)
    await kept.ask("acme")
    asked = (await kept.get("acme")).asked_at
    assert asked
    await kept.save("acme", spacing, None)
    assert await kept.get("acme") == KeptSpacing(spacing, asked), "it was asked for while a sweep ran"
    await kept.save("acme", spacing, asked)
    assert await kept.get("acme") == KeptSpacing(spacing, None)
    await kept.ask("acme")
    await kept.save("acme", spacing, asked)
    later = (await kept.get("acme")).asked_at
    assert later
    assert later > asked
    assert await kept.get("other") == KeptSpacing(None, None)


async def test_another_organisation_begins_anew(store: PostgresStore, spacings: PostgresSpacings) -> None:
    await spacings.save("acme", Spacing(usual=HOUR, since=NOON, judged_until=NOON, doublings=5), None)
    await store.save_connection(connection("acme", "tenant-1"))
    assert (await spacings.get("acme")).spacing
    await store.save_connection(connection("acme", "tenant-2"))
    assert (await spacings.get("acme")).spacing is None
