"""Documents a second through the whole life, against a bare workflow of two activities on the same Temporal."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import asyncpg
from temporalio.client import Client

from benchmarks import people
from benchmarks.bare import BARE_QUEUE, BareWorkflow, bare_worker
from benchmarks.figures import Figure, middle
from benchmarks.stage import Stage, stage
from xerosync.core.documents import DocumentRef

TITLE = "Through the whole life"
AT_ONCE = 100
"""Documents on their way at once, and bare workflows."""

_LOOK_SECONDS = 0.05
_WHICH_ARE_PUSHED = "SELECT document_id FROM documents WHERE state = 'pushed' AND document_id = ANY($1::text[])"
T = TypeVar("T")


async def measure(documents: int = 200, rounds: int = 3) -> list[Figure]:
    """Let documents and bare workflows through in turns; each round is of so many."""
    lives: list[float] = []
    bares: list[float] = []
    async with stage(limited=False) as running, bare_worker(running), _Pushed(running) as pushed:
        refs = await running.bill(documents * (rounds + 1))
        bare = await Client.connect(running.servers.temporal_address)
        for turn in range(rounds + 1):
            batch = refs[turn * documents : (turn + 1) * documents]
            life = await _rate(batch, lambda ref: _live(running, pushed, ref))
            simple = await _rate(batch, lambda _: _run_bare(bare))
            if turn:  # the first round warms everything up
                lives.append(life)
                bares.append(simple)
    ratios = [life / simple for life, simple in zip(lives, bares, strict=True)]
    return [
        Figure("documents a second, finalized to settled", middle(lives), "/s"),
        Figure("bare workflows of two activities", middle(bares), "/s", note=f"in turns, {rounds} rounds"),
        Figure("ratio", middle(ratios), at_least=0.8, note=f"from {min(ratios):.2f} to {max(ratios):.2f}"),
    ]


async def _rate(items: Sequence[T], one: Callable[[T], Awaitable[None]]) -> float:
    """Return how many a second went through, so many at once."""
    room = asyncio.Semaphore(AT_ONCE)

    async def pass_through(item: T) -> None:
        async with room:
            await one(item)

    began = time.perf_counter()
    await asyncio.gather(*(pass_through(item) for item in items))
    return len(items) / (time.perf_counter() - began)


async def _run_bare(client: Client) -> None:
    await client.execute_workflow(BareWorkflow.run, "word", id=f"bare/{uuid.uuid4()}", task_queue=BARE_QUEUE)


async def _live(running: Stage, pushed: "_Pushed", ref: DocumentRef) -> None:
    workflows = running.services.workflows
    is_pushed = pushed.wait_for(ref)
    await workflows.signal(ref, "finalized")
    await is_pushed
    await people.send(running.sequence, ref)
    await workflows.signal(ref, "sent")
    await workflows.handle(ref).result()


class _Pushed:
    """Waits until documents are in Xero: one question to the store for all that are waited for."""

    def __init__(self, running: Stage) -> None:
        self._url = running.servers.database_url
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def wait_for(self, ref: DocumentRef) -> asyncio.Future[None]:
        return self._waiting.setdefault(ref.document_id, asyncio.get_running_loop().create_future())

    async def __aenter__(self) -> "_Pushed":
        self._connection = await asyncpg.connect(self._url)
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._looking
        await self._connection.close()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for row in await self._connection.fetch(_WHICH_ARE_PUSHED, list(self._waiting)):
                self._waiting.pop(row["document_id"]).set_result(None)
