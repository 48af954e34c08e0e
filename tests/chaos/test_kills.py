"""The worker is killed at every fault point, and by what was under way there; nothing is doubled or lost."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.chaos.city import City, until
from tests.chaos.people import Billed
from tests.chaos.witness import compare
from xerosync.faultpoints import FaultPoint
from xerosync.model.messages import SyncState

CREATING = (
    FaultPoint.AFTER_SEND,
    FaultPoint.AFTER_ANSWER,
    FaultPoint.BEFORE_SEND,
    FaultPoint.BEFORE_INTENT,
    FaultPoint.AFTER_INTENT,
    FaultPoint.BEFORE_STORE,
    FaultPoint.AFTER_STORE,
)
REFRESHING = (FaultPoint.BEFORE_REFRESH, FaultPoint.BEFORE_TOKENS_STORED, FaultPoint.AFTER_TOKENS_STORED)
CHANGING = (FaultPoint.AFTER_SEND, FaultPoint.AFTER_ANSWER, FaultPoint.BEFORE_STORE)
SWEEPING = (FaultPoint.AFTER_PAGE, FaultPoint.AFTER_SIGNAL, FaultPoint.BEFORE_CURSOR)
REPORTING = (FaultPoint.BEFORE_MARK, FaultPoint.AFTER_MARK)


def test_the_walk_leaves_no_point_out():
    assert {*CREATING, *REFRESHING, *CHANGING, *SWEEPING, *REPORTING} == set(FaultPoint)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_whatever_point_the_worker_dies_at_every_document_is_in_xero_once(city: City, tmp_path: Path):
    dice = random.Random(7)
    walk = _Walk(city, tmp_path)
    ready = [branch.bill(4, dice) for branch in city.branches]
    # A killed sweep keeps its branch for a while, so that one after the other goes to another branch.
    in_turn = [billed for one_of_each in zip(*[await each for each in ready], strict=True) for billed in one_of_each]
    to_send, to_mark = in_turn[:6], in_turn[6:]
    await city.tell([*to_send, *to_mark], "finalized")
    await walk.live([*to_send, *to_mark], SyncState.PUSHED)

    fresh = [billed for branch in city.branches for billed in await branch.bill(4, dice)]
    for point, billed in zip(CREATING, fresh, strict=False):
        await city.tell([billed], "finalized")
        await walk.die(point, "creating")
    for point, billed in zip(REFRESHING, fresh[len(CREATING) :], strict=False):
        await city.branches[0].xero.post("/_sandbox/identity/expire", json={"tokens": "access"})
        await city.tell([billed], "finalized")
        await walk.die(point, "refreshing")
    for point, billed in zip(CHANGING, to_send, strict=False):
        await city.branch(billed).send(billed)
        await city.tell([billed], "sent")
        await walk.die(point, "changing")
    for point, billed in zip((*REPORTING, *SWEEPING), to_mark, strict=False):
        await city.branch(billed).mark_sent(billed)
        await city.sweep(city.branch(billed))
        await walk.die(point, "sweeping")

    everything = [*to_send, *to_mark, *fresh]
    await city.tell(fresh, "finalized")
    rest = [*to_send[len(CHANGING) :], *to_mark[len(SWEEPING) + len(REPORTING) :], *fresh]
    for billed in rest:
        await city.branch(billed).send(billed)
    await city.tell(rest, "sent")
    await walk.live(everything, SyncState.SETTLED)
    assert await compare(city) == []


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
