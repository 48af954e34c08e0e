"""The worker is killed at every fault point, and by what was under way there; nothing is doubled or lost."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.chaos.city import City
from tests.chaos.people import Billed
from tests.chaos.witness import compare
from tests.patience import until
from xerosync.core.documents import DocumentStatus, Kind
from xerosync.documents.messages import SyncState
from xerosync.faultpoints import FaultPoint

CREATING = (
    FaultPoint.AFTER_READ,
    FaultPoint.AFTER_SEND,
    FaultPoint.AFTER_ANSWER,
    FaultPoint.BEFORE_SEND,
    FaultPoint.BEFORE_INTENT,
    FaultPoint.AFTER_INTENT,
    FaultPoint.BEFORE_STORE,
    FaultPoint.AFTER_STORE,
)
REFUSED = (FaultPoint.AFTER_REFUSAL, FaultPoint.BEFORE_HOLD, FaultPoint.AFTER_HOLD)
LOOKING_UP = (FaultPoint.AFTER_LOOKUP,)
REFRESHING = (FaultPoint.BEFORE_REFRESH, FaultPoint.BEFORE_TOKENS_STORED, FaultPoint.AFTER_TOKENS_STORED)
CHANGING = (FaultPoint.BEFORE_CHANGE, FaultPoint.AFTER_SEND, FaultPoint.AFTER_ANSWER, FaultPoint.BEFORE_STORE)
VOIDING = (FaultPoint.BEFORE_VOID,)
SWEEPING = (FaultPoint.AFTER_PAGE, FaultPoint.AFTER_SIGNAL, FaultPoint.BEFORE_CURSOR)
REPORTING = (FaultPoint.BEFORE_MARK, FaultPoint.AFTER_MARK)
PAYING = (FaultPoint.BEFORE_PAYMENT, FaultPoint.AFTER_PAYMENT)
ALLOCATING = (FaultPoint.BEFORE_ALLOCATION, FaultPoint.AFTER_ALLOCATION)

WALK = (
    *(*CREATING, *REFUSED, *LOOKING_UP, *REFRESHING, *CHANGING, *VOIDING),
    *(*SWEEPING, *REPORTING, *PAYING, *ALLOCATING),
)

OWING = (
    FaultPoint.LINK_STORED,
    FaultPoint.LINK_REMOVED,
    FaultPoint.PUSH_HOLD_STORED,
    FaultPoint.PROBE_RELEASED,
    FaultPoint.DOCUMENT_STORED,
    FaultPoint.SETTING_STORED,
)
"""Where customers, settings and a person's commands store something: tests/integration/test_owed.py kills there."""


def test_the_walk_leaves_no_point_out():
    assert {*WALK, *OWING} == set(FaultPoint)


@pytest.mark.slow
async def test_whatever_point_the_worker_dies_at_every_document_is_in_xero_once(city: City, tmp_path: Path):
    dice = random.Random(7)
    walk = _Walk(city, tmp_path)
    ready = [await branch.bill(5, dice) for branch in city.branches]
    # A killed sweep keeps its branch for a while, so that one after the other goes to another branch.
    in_turn = [billed for one_of_each in zip(*ready, strict=True) for billed in one_of_each]
    to_send, to_void, to_mark = in_turn[:6], in_turn[6:7], in_turn[7:]
    await city.tell(in_turn, "finalized")
    await walk.live(in_turn, SyncState.PUSHED)

    fresh = [billed for branch in city.branches for billed in await branch.bill(6, dice)]
    unborn = iter(fresh)
    for point, billed in _each(CREATING, unborn):
        await city.tell([billed], "finalized")
        await walk.die(point, "creating")
    for point, billed in _each(REFUSED, unborn):
        await city.branch(billed).archive(billed.customer, archived=True)
        await city.tell([billed], "finalized")
        await walk.die(point, "refused")
        await city.branch(billed).archive(billed.customer, archived=False)
    for point, billed in _each(LOOKING_UP, unborn):
        await city.tell([billed], "finalized")
        await walk.die(FaultPoint.AFTER_INTENT, "creating what is looked up")
        await walk.die(point, "looking up")
    for point, billed in _each(REFRESHING, unborn):
        await city.branches[0].xero.post("/_sandbox/identity/expire", json={"tokens": "access"})
        await city.tell([billed], "finalized")
        await walk.die(point, "refreshing")
    for point, billed in _each(CHANGING, iter(to_send)):
        await city.branch(billed).send(billed)
        await city.tell([billed], "sent")
        await walk.die(point, "changing")
        if point is FaultPoint.BEFORE_CHANGE:
            link = await city.store.document(billed.ref)
            assert link.sequence
            assert (link.sequence.status, link.state) == (DocumentStatus.SENT, SyncState.PUSHED)
    for point, billed in _each(VOIDING, iter(to_void)):
        await city.branch(billed).void(billed)
        await city.tell([billed], "voided")
        await walk.die(point, "voiding")
        assert (await city.store.document(billed.ref)).state is SyncState.PUSHED
    for point, billed in _each((*REPORTING, *SWEEPING), iter(to_mark)):
        await city.branch(billed).mark_sent(billed)
        await city.sweep(city.branch(billed))
        await walk.die(point, "sweeping")

    await city.tell(fresh, "finalized")
    rest = [*to_send[len(CHANGING) :], *to_mark[len(SWEEPING) + len(REPORTING) :], *fresh]
    for billed in rest:
        await city.branch(billed).send(billed)
    await city.tell(rest, "sent")
    await walk.live(to_void, SyncState.VOIDED)
    await walk.live([*to_send, *to_mark, *fresh], SyncState.SETTLED)
    assert await compare(city) == []


@pytest.mark.slow
async def test_whatever_point_of_a_payment_the_worker_dies_at_sequence_hears_of_it(city: City, tmp_path: Path):
    dice = random.Random(9)
    walk = _Walk(city, tmp_path)
    branches = city.branches[: len(PAYING)]
    paid = [_an_invoice(await branch.bill(2, dice)) for branch in branches]
    for billed in paid:
        await city.store.set_defaults(billed.ref.account_id, report_payments=True)
        await city.branch(billed).send(billed)
    await city.tell(paid, "sent")
    await walk.live(paid, SyncState.SENT)
    for point, billed in _each(PAYING, iter(paid)):
        assert await city.branch(billed).do(billed, "pay")
        await city.sweep(city.branch(billed))
        await walk.die(point, "paying")
    await walk.live(paid, SyncState.SETTLED)
    assert [await city.branch(billed).payment_status(billed) for billed in paid] == ["PAID", "PAID"]
    for branch in branches:
        await city.store.set_defaults(branch.account_id, report_payments=False)


@pytest.mark.slow
async def test_whatever_point_of_an_allocation_the_worker_dies_at_it_is_made_once(city: City, tmp_path: Path):
    dice = random.Random(10)
    walk, branch = _Walk(city, tmp_path), city.branches[2]
    invoices = [_an_invoice(await branch.bill(2, dice)) for _ in ALLOCATING]
    await city.store.set_defaults(branch.account_id, allocate_credit_notes=True)
    for billed in invoices:
        await branch.send(billed)
    await city.tell(invoices, "sent")
    await walk.live(invoices, SyncState.SETTLED)
    notes = [await branch.credit(billed, dice) for billed in invoices]
    for point, note in _each(ALLOCATING, iter(notes)):
        await branch.send(note)
        await city.tell([note], "sent")
        await walk.die(point, "allocating")
    await walk.live(notes, SyncState.SETTLED)
    await city.store.set_defaults(branch.account_id, allocate_credit_notes=False)
    for note in notes:
        shown = (await branch.xero.get(f"/api.xro/2.0/CreditNotes/{note.number}")).json()["CreditNotes"][0]
        assert len(shown["Allocations"]) == 1


def _each(points: Sequence[FaultPoint], documents: Iterator[Billed]) -> Iterator[tuple[FaultPoint, Billed]]:
    """Yield every point with a document of its own. RuntimeError where there are too few."""
    for point in points:
        yield point, next(documents)


def _an_invoice(billed: Sequence[Billed]) -> Billed:
    return next(each for each in billed if each.ref.kind is Kind.INVOICE)


class _Walk:
    """One worker after the other in one place."""

    def __init__(self, city: City, folder: Path) -> None:
        self._city = city
        self._folder = folder

    async def die(self, point: FaultPoint, doing: str) -> None:
        """Run a worker until it dies at a point."""
        marker = self._folder / f"{doing}-{point}"
        worker = self._city.worker("walker")
        await worker.start(point, marker)

        async def died() -> bool:
            return bool(worker.deaths)

        try:
            await until(died)
        except TimeoutError:
            raise AssertionError(f"{point} was never reached while {doing}") from None
        finally:
            await worker.stop(at_once=True)
        assert marker.exists()

    async def live(self, billed: Sequence[Billed], state: SyncState) -> None:
        """Run a worker until all documents are in a state."""
        async with self._city.worker("walker"):
            await self._city.until(billed, state)
