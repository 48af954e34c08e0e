"""Xero calls and speed of a backfill, with Xero's real limits, beside a plain loop and the arithmetic floors.

Meanwhile a person makes and finalizes a document now and then, to see how long that takes in the crowd.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks import people, plain
from benchmarks.figures import Figure, middle
from benchmarks.people import Customer
from benchmarks.stage import Stage, stage
from xerosync.backfill.client import start_backfill
from xerosync.backfill.messages import BackfillInput
from xerosync.documents.messages import SyncState

TITLE = "Backfill, with Xero's real limits"
PERSON_EVERY = 15.0
"""Seconds between two documents that somebody finalizes by hand."""

_ID = re.compile(r"[0-9a-f-]{32,36}")
_LOOK_SECONDS = 0.25
_LOOK_CLOSELY_SECONDS = 0.05
_DOCUMENTS_A_CALL = 50
_XERO_A_MINUTE = 60
_SEQUENCE_A_MINUTE = 1_500
_READS_A_DOCUMENT = 1.01


@dataclass(frozen=True, slots=True)
class _Backfilled:
    seconds: float
    calls: dict[str, int]
    reads: dict[str, int]
    waits: list[float]


async def measure(sizes: tuple[int, ...] = (2_000, 10_000), person_every: float = PERSON_EVERY) -> list[Figure]:
    """Backfill each size on a stack of its own, and let the plain loop do the same."""
    figures: list[Figure] = []
    for size in sizes:
        figures += [*_ours(size, await _backfill(size, person_every)), *await plain.measure(size), *_floors(size)]
    return figures


def _ours(size: int, done: _Backfilled) -> list[Figure]:
    calls, refused = people.spent(done.calls), people.spent(done.calls, status=429)
    target = 0.045 if size >= 10_000 else None
    by_kind = ", ".join(f"{times} {name}" for name, times in sorted(done.calls.items()))
    figures = [
        Figure(f"{size:,} documents: Xero calls", calls, note=by_kind),
        Figure(
            f"{size:,} documents: Xero calls a document",
            calls / (size + len(done.waits)),
            at_most=target,
            note=f"{len(done.waits)} documents that were finalized by hand meanwhile count, too",
        ),
        Figure(f"{size:,} documents: refused with 429", refused, at_most=0),
        Figure(f"{size:,} documents: documents a second", size / done.seconds, "/s"),
        Figure(
            f"{size:,} documents: requests to Sequence a document",
            people.spent(done.reads) / (size + len(done.waits)),
            note=", ".join(f"{times} {name}" for name, times in sorted(done.reads.items())),
        ),
    ]
    if done.waits:
        note = f"{len(done.waits)} documents finalized one by one meanwhile; the longest {max(done.waits):.1f} s"
        figures.append(
            Figure(f"{size:,} documents: a person's document is in Xero after", middle(done.waits), "s", note=note)
        )
    return figures


def _floors(size: int) -> list[Figure]:
    calls = size / _DOCUMENTS_A_CALL
    reads = size * _READS_A_DOCUMENT
    return [
        Figure(f"{size:,} documents: floor of calls", calls, note="arithmetic: 50 documents a call"),
        Figure(
            f"{size:,} documents: ceiling that Xero sets",
            _DOCUMENTS_A_CALL * _XERO_A_MINUTE / 60,
            "/s",
            note="arithmetic: 60 calls a minute",
        ),
        Figure(
            f"{size:,} documents: ceiling that Sequence sets",
            size / (reads / _SEQUENCE_A_MINUTE * 60),
            "/s",
            note="arithmetic: lines of each and a page of a hundred, 1,500 a minute for a key",
        ),
    ]


async def _backfill(size: int, person_every: float) -> _Backfilled:
    async with stage() as running:
        billed = await people.customers(running.sequence, running.xero, size)
        await running.link(billed)
        await people.documents(running.sequence, running.account_id, billed, size)
        await people.forget_calls(running.sequence, running.xero)
        person = _Person(running, billed, person_every)
        began = time.perf_counter()
        meanwhile = asyncio.create_task(person.work())
        await start_backfill(running.services.temporal, BackfillInput(account_id=running.account_id))
        while await _pushed(running) < size + person.finalized:
            await asyncio.sleep(_LOOK_SECONDS)
        seconds = time.perf_counter() - began
        meanwhile.cancel()
        await asyncio.gather(meanwhile, return_exceptions=True)
        return _Backfilled(
            seconds=seconds,
            calls=await people.calls(running.xero),
            reads=_by_resource(await people.calls(running.sequence, "/api")),
            waits=person.waits,
        )


def _by_resource(counted: dict[str, int]) -> dict[str, int]:
    """Add up requests that differ in ids alone."""
    found: dict[str, int] = {}
    for name, times in counted.items():
        resource = _ID.sub("{id}", name)
        found[resource] = found.get(resource, 0) + times
    return found


async def _pushed(running: Stage) -> int:
    counts = await running.services.store.counts(running.account_id)
    held = [count for count in counts if count.state is SyncState.HELD]
    assert not held, f"documents are held: {held}"
    return sum(count.documents for count in counts if count.state is SyncState.PUSHED)


@dataclass(slots=True)
class _Person:
    """Somebody who finalizes one document after the other, and waits each time until it is in Xero."""

    running: Stage
    billed: Sequence[Customer]
    every: float
    finalized: int = 0
    waits: list[float] = field(default_factory=list[float])

    async def work(self) -> None:
        """Go on until cancelled."""
        while True:
            await asyncio.sleep(self.every)
            (ref,) = await people.documents(self.running.sequence, self.running.account_id, self.billed, 1)
            self.finalized += 1
            began = time.perf_counter()
            await self.running.services.workflows.signal(ref, "finalized")
            while (await self.running.services.store.document(ref)).xero is None:
                await asyncio.sleep(_LOOK_CLOSELY_SECONDS)
            self.waits.append(time.perf_counter() - began)
