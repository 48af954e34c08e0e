"""Bulk acts: what is frozen, who confirms, and what becomes of each document whatever fails."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from tests.patience import PATIENCE
from tests.store.samples import NOON, connection, document, hold, ref, xero_view
from xerosync.bulk.messages import BulkAct, BulkInput, BulkOutcome, BulkRecord, BulkResult, FrozenDocument
from xerosync.bulk.performing import GIVEN_UP_AFTER, BulkPages
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import MisconfiguredError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import Selection
from xerosync.postgres import Database, PostgresBulkActs, PostgresStore

ALL = Selection()
HELD = Selection(state=SyncState.HELD)


@dataclass
class Acts:
    """Does nothing but take notes; `fails` says what a document's turn ends in."""

    fails: Callable[[FrozenDocument], Exception | None] = lambda _: None
    done: list[str] = field(default_factory=list[str])

    async def perform(self, record: BulkRecord, frozen: FrozenDocument) -> BulkResult:
        assert record.confirmed_by == "Ada"
        if error := self.fails(frozen):
            raise error
        self.done.append(frozen.ref.document_id)
        return BulkResult(outcome=BulkOutcome.DONE, words="as asked")


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


@pytest.fixture
def bulk(database: Database) -> PostgresBulkActs:
    return PostgresBulkActs(database)


async def keep(
    store: PostgresStore, document_id: str, *, held: bool = True, account_id: str = "acme", **update: object
):
    of = ref(document_id, account_id=account_id)
    link = DocumentLink(ref=of).read(document(of, number=document_id))
    if held:
        link = link.held(hold(HoldReason.NUMBER_TAKEN))
    await store.change(of, lambda _: link.model_copy(update=update))


async def ids(bulk: PostgresBulkActs, record: BulkRecord, outcome: BulkOutcome | None = None) -> list[str]:
    found = await bulk.documents(record.account_id, record.bulk_id, outcome=outcome)
    return [each.ref.document_id for each in found]


async def confirmed(
    bulk: PostgresBulkActs, act: BulkAct = BulkAct.RETRY, selection: Selection = ALL, because: str = ""
) -> BulkRecord:
    asked = await bulk.freeze("acme", selection, act, because, "Ada")
    async with bulk.confirming("acme", asked.bulk_id, "Ada") as record:
        assert record
    return record


def page_of(record: BulkRecord) -> BulkInput:
    return BulkInput(account_id=record.account_id, bulk_id=record.bulk_id)


async def test_an_act_freezes_those_of_the_filter_that_it_concerns(store: PostgresStore, bulk: PostgresBulkActs):
    ignored = Ignored(because="by hand", who="Ada", since=NOON)
    await keep(store, "a")
    await keep(store, "b", held=False)
    await keep(store, "c", ignored=ignored)
    await keep(store, "z", account_id="other")
    await store.save_connection(connection(tenant_id="present"))
    await keep(store, "d", held=False, tenant_id="gone", xero=xero_view())
    await keep(store, "e", held=False, tenant_id="present", xero=xero_view(xero_id="here"))
    for act, selection, expected, left_out in [
        (BulkAct.RETRY, ALL, ["a"], 4),
        (BulkAct.IGNORE, HELD, ["a"], 0),
        (BulkAct.TAKE_UP, ALL, ["c"], 4),
        (BulkAct.RESYNC, ALL, ["e", "d", "c", "b", "a"], 0),
        (BulkAct.PUSH_AGAIN, ALL, ["d"], 4),
        (BulkAct.RETRY, Selection(search="B"), [], 1),
        (BulkAct.RESYNC, Selection(issued_from=date(2026, 3, 1)), ["e", "d", "c", "b", "a"], 0),
        (BulkAct.RESYNC, Selection(issued_to=date(2026, 2, 28)), [], 0),
    ]:
        record = await bulk.freeze("acme", selection, act, "", "Ada")
        assert (await ids(bulk, record), record.documents, record.left_out) == (expected, len(expected), left_out), act
        assert record.selection == selection
        assert [each.place for each in await bulk.documents("acme", record.bulk_id)] == [*range(1, len(expected) + 1)]
        assert await bulk.documents("other", record.bulk_id) == []


async def test_what_comes_after_the_freeze_is_never_touched(store: PostgresStore, bulk: PostgresBulkActs):
    await keep(store, "a")
    record = await confirmed(bulk, BulkAct.RETRY, HELD)
    await keep(store, "b")
    acts = Acts()
    pages = BulkPages(bulk, acts)
    assert not (await pages.perform(page_of(record))).is_over
    over = await pages.perform(page_of(record))
    assert (over.is_over, over.counts) == (True, {BulkOutcome.DONE: 1})
    assert acts.done == ["a"]
    ended = await bulk.get("acme", record.bulk_id)
    assert ended.ended_at
    assert not ended.is_under_way


async def test_a_document_is_still_so_until_its_state_hold_or_a_decision_is_another(
    store: PostgresStore, bulk: PostgresBulkActs
):
    await keep(store, "a")
    await bulk.freeze("acme", ALL, BulkAct.RETRY, "", "Ada")
    [record] = await bulk.last("acme")
    [frozen] = await bulk.documents("acme", record.bulk_id)
    link = await store.document(ref("a"))
    assert frozen.is_still(link)
    assert frozen.is_still(link.tried_by_hand(NOON)), "when it is tried next is no matter"
    for changed in [
        link.held(hold(HoldReason.PLAN_LIMIT)),
        link.freed(),
        link.let_be(Ignored(because="x", who="Bob", since=NOON)),
        link.deleted(),
    ]:
        assert not frozen.is_still(changed)


async def test_of_many_who_confirm_at_once_one_does(store: PostgresStore, bulk: PostgresBulkActs):
    await keep(store, "a")
    asked = await bulk.freeze("acme", ALL, BulkAct.RETRY, "", "Ada")

    async def confirm(by: str) -> bool:
        async with bulk.confirming("acme", asked.bulk_id, by) as record:
            return record is not None

    won = await asyncio.gather(*(confirm(f"person {number}") for number in range(8)))
    assert won.count(True) == 1
    assert (await bulk.get("acme", asked.bulk_id)).confirmed_by == f"person {won.index(True)}"
    async with bulk.confirming("other", asked.bulk_id, "Eve") as record:
        assert record is None


async def test_a_confirmation_that_is_broken_off_is_none(
    store: PostgresStore, bulk: PostgresBulkActs, database_url: str
):
    await keep(store, "a")
    asked = await bulk.freeze("acme", ALL, BulkAct.RETRY, "", "Ada")
    acts = Acts()

    async def confirm(failure: Exception | None = None) -> bool:
        """Have the first page performed meanwhile; return whether that was all."""
        page = None
        try:
            async with bulk.confirming("acme", asked.bulk_id, "Ada"):
                page = asyncio.create_task(BulkPages(bulk, acts).perform(page_of(asked)))
                await somebody_waits(database_url)
                if failure:
                    raise failure
        except ConnectionResetError:
            pass
        assert page
        return (await page).is_over

    assert await confirm(ConnectionResetError())
    assert acts.done == []
    assert not await confirm()
    assert acts.done == ["a"]


async def somebody_waits(database_url: str) -> None:
    """Wait until a statement waits for a lock."""
    watcher = await asyncpg.connect(database_url)
    try:
        async with asyncio.timeout(PATIENCE):
            while not await watcher.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
    finally:
        await watcher.close()


async def test_an_act_that_nobody_confirmed_is_discarded_and_no_other(store: PostgresStore, bulk: PostgresBulkActs):
    await keep(store, "a")
    record = await confirmed(bulk)
    asked = await bulk.freeze("acme", ALL, BulkAct.RETRY, "", "Ada")
    for each in (asked, record):
        await bulk.discard("acme", each.bulk_id)
    assert [each.bulk_id for each in await bulk.last("acme")] == [record.bulk_id]


async def test_a_stopped_act_leaves_the_rest(store: PostgresStore, bulk: PostgresBulkActs):
    await keep(store, "a")
    record = await confirmed(bulk)
    await bulk.stop("other", record.bulk_id, "Eve")
    await bulk.stop("acme", record.bulk_id, "Bob")
    acts = Acts()
    over = await BulkPages(bulk, acts).perform(page_of(record))
    assert (over.is_over, over.counts, acts.done) == (True, {BulkOutcome.STOPPED: 1}, [])
    assert (await bulk.get("acme", record.bulk_id)).stopped_by == "Bob"


async def test_each_document_has_a_result_of_its_own(store: PostgresStore, bulk: PostgresBulkActs):
    for name in ("good", "bad", "odd"):
        await keep(store, name)
    record = await confirmed(bulk)
    errors = {"bad": MisconfiguredError("Not so."), "odd": KeyError("x")}
    await BulkPages(bulk, Acts(lambda each: errors.get(each.ref.document_id))).perform(page_of(record))
    results = {each.ref.document_id: each for each in await bulk.documents("acme", record.bulk_id)}
    assert {name: each.outcome for name, each in results.items()} == {
        "good": BulkOutcome.DONE,
        "bad": BulkOutcome.REFUSED,
        "odd": BulkOutcome.FAILED,
    }
    assert results["bad"].words == "Not so."
    assert "A fault of xerosync itself" in results["odd"].words
    assert all(each.done_at for each in results.values())


async def test_what_does_not_answer_is_tried_again_after_the_others_for_an_hour(
    store: PostgresStore, bulk: PostgresBulkActs
):
    for name in ("late", "good"):
        await keep(store, name)
    record = await confirmed(bulk)
    later = RetryLaterError("Xero does not answer.")
    acts = Acts(lambda each: later if each.ref.document_id == "late" else None)
    assert not (await BulkPages(bulk, acts).perform(page_of(record))).is_over
    with pytest.raises(RetryLaterError):
        await BulkPages(bulk, acts).perform(page_of(record))
    [late] = await bulk.documents("acme", record.bulk_id, outcome=BulkOutcome.PENDING)
    assert (late.words, acts.done) == ("Xero does not answer.", ["good"])
    assert late.failing_since
    after = BulkPages(bulk, acts, now=lambda: datetime.now(UTC) + GIVEN_UP_AFTER + timedelta(minutes=1))
    await after.perform(page_of(record))
    assert await ids(bulk, record, BulkOutcome.FAILED) == ["late"]
    assert (await after.perform(page_of(record))).is_over


async def test_whoever_goes_on_after_a_kill_knows_what_had_begun(store: PostgresStore, bulk: PostgresBulkActs):
    for name in ("a", "b", "c"):
        await keep(store, name)
    record = await confirmed(bulk)
    first = await bulk.begin(record.bulk_id, 2)
    assert [each.outcome for each in first] == [BulkOutcome.PENDING] * 2
    await bulk.conclude(record.bulk_id, first[0].place, BulkResult(outcome=BulkOutcome.DONE))
    again = await bulk.begin(record.bulk_id, 10)
    assert [(each.place, each.outcome) for each in again] == [(2, BulkOutcome.BEGUN), (3, BulkOutcome.PENDING)]
    for words in ("first", "second"):
        await bulk.conclude(record.bulk_id, 2, BulkResult(outcome=BulkOutcome.DONE, words=words))
    assert [each.words for each in await bulk.documents("acme", record.bulk_id)][1] == "first"


async def test_documents_of_a_page_are_done_some_at_once(store: PostgresStore, bulk: PostgresBulkActs):
    names = [f"d{number:03}" for number in range(130)]
    for name in names:
        await keep(store, name)
    record, acts = await confirmed(bulk), Acts()
    pages = BulkPages(bulk, acts)
    counts = [(await pages.perform(page_of(record))).counts[BulkOutcome.DONE] for _ in range(3)]
    assert counts == [100, 130, 130]
    assert sorted(acts.done) == names


def test_a_document_that_was_never_read_can_be_frozen() -> None:
    of = DocumentRef(account_id="acme", kind=ref().kind, document_id="x")
    assert FrozenDocument(place=1, ref=of, state=SyncState.PENDING).is_still(DocumentLink(ref=of))
