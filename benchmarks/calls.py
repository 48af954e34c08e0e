"""Xero calls and speed of a backfill, with Xero's real limits, beside a plain loop and the arithmetic floors.

The documents' workflows are started in the bulk lane, with so many on their way at once. Meanwhile a person finalizes
a document now and then, to see how long that takes in the crowd.
"""

import asyncio
import time
from dataclasses import dataclass

from benchmarks import people, plain
from benchmarks.figures import Figure, middle
from benchmarks.stage import Stage, stage
from xerosync.core.documents import DocumentRef
from xerosync.documents.messages import SyncState

TITLE = "Backfill, with Xero's real limits"
AT_ONCE = 200
"""Documents that the backfill has on their way at most."""

PERSON_EVERY = 15.0
"""Seconds between two documents that somebody finalizes by hand."""

_LOOK_SECONDS = 0.25
_LOOK_CLOSELY_SECONDS = 0.05
_DOCUMENTS_A_CALL = 50
_XERO_A_MINUTE = 60
_SEQUENCE_A_MINUTE = 1_500
_READS_A_DOCUMENT = 2


@dataclass(frozen=True, slots=True)
class _Backfilled:
    seconds: float
    calls: dict[str, int]
    reads: int
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
        Figure(f"{size:,} documents: requests to Sequence a document", done.reads / size),
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
            note="arithmetic: two reads a document, 1,500 a minute for a key",
        ),
    ]


async def _backfill(size: int, person_every: float) -> _Backfilled:
    async with stage() as running:
        refs = await running.bill(size + size // 50)
        bulk, by_hand = refs[:size], refs[size:]
        began = time.perf_counter()
        waiting = asyncio.create_task(_people_meanwhile(running, by_hand, person_every))
        await _start_all(running, bulk)
        seconds = time.perf_counter() - began
        waiting.cancel()
        waits = (await asyncio.gather(waiting, return_exceptions=True))[0]
        if isinstance(waits, BaseException):
            raise waits
        return _Backfilled(
            seconds=seconds,
            calls=await people.calls(running.xero),
            reads=people.spent(await people.calls(running.sequence, "/api")),
            waits=waits,
        )


async def _start_all(running: Stage, refs: list[DocumentRef]) -> None:
    """Start every document's workflow, so many on their way at once, and wait until all are in Xero."""
    started = 0
    while (done := await _pushed(running)) < len(refs):
        room = AT_ONCE - (started - done)
        batch = refs[started : started + max(0, room)]
        await asyncio.gather(*(running.services.workflows.start(ref) for ref in batch))
        started += len(batch)
        await asyncio.sleep(_LOOK_SECONDS)


async def _pushed(running: Stage) -> int:
    counts = await running.services.store.counts(running.account_id)
    held = [count for count in counts if count.state is SyncState.HELD]
    assert not held, f"documents are held: {held}"
    return sum(count.documents for count in counts if count.state is SyncState.PUSHED)


async def _people_meanwhile(running: Stage, refs: list[DocumentRef], every: float) -> list[float]:
    """Finalize one document after the other until cancelled; return how long each took until it was in Xero."""
    waits: list[float] = []
    try:
        for ref in refs:
            await asyncio.sleep(every)
            began = time.perf_counter()
            await running.services.workflows.signal(ref, "finalized")
            while (await running.services.store.document(ref)).xero is None:
                await asyncio.sleep(_LOOK_CLOSELY_SECONDS)
            waits.append(time.perf_counter() - began)
    except asyncio.CancelledError:
        pass
    return waits
