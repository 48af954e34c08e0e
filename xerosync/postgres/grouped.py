"""Group commit: what many ask to be written, or read, at the same time goes to the database in one statement.

no statement under way   the first item goes at once, alone
one under way            items that come meanwhile go together, in a second one beside it at most
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from xerosync.core.errors import RetryLaterError, XerosyncError
from xerosync.postgres.errors import StoreUnavailableError

T = TypeVar("T")
R = TypeVar("R")

STATEMENTS_AT_ONCE = 2
MOST_TOGETHER = 200


class _Waiting(NamedTuple, Generic[T, R]):
    item: T
    written: asyncio.Future[R]


class Grouped(Generic[T, R]):
    """Writes or reads items with `ask`, which takes many and returns what came of each, in their order."""

    def __init__(self, ask: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._ask = ask
        self._waiting: deque[_Waiting[T, R]] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    async def add(self, item: T) -> R:
        """Write or read an item; return what came of it, once that is committed. Raises what the statement raises.

        Who is cancelled meanwhile is no longer waited for: a statement that nobody waits for is broken off.
        """
        entry = _Waiting[T, R](item, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        self._begin()
        return await entry.written

    def _begin(self) -> None:
        if not self._waiting or len(self._under_way) >= STATEMENTS_AT_ONCE:
            return
        batch: list[_Waiting[T, R]] = []
        while self._waiting and len(batch) < MOST_TOGETHER:
            entry = self._waiting.popleft()
            if not entry.written.done():
                batch.append(entry)
        if not batch:
            return
        task = asyncio.create_task(self._commit(batch), name="grouped statement")
        self._under_way.add(task)
        task.add_done_callback(self._ended)

        def break_off(_: asyncio.Future[R]) -> None:
            if all(each.written.cancelled() for each in batch):
                task.cancel()

        for entry in batch:
            entry.written.add_done_callback(break_off)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._begin()

    async def _commit(self, batch: Sequence[_Waiting[T, R]]) -> None:
        try:
            answers = await self._ask([each.item for each in batch])
        except RetryLaterError as error:
            _fail(batch, error)
        except XerosyncError as error:
            if len(batch) == 1:
                _fail(batch, error)
                return
            # One of them is the cause: each goes alone, so that it spoils none of the others.
            for each in batch:
                await self._commit([each])
        else:
            for each, answer in zip(batch, answers, strict=True):
                if not each.written.done():
                    each.written.set_result(answer)
        finally:
            # The process ends, or we have a bug: nobody may wait forever.
            _fail(batch, StoreUnavailableError("The statement was broken off."))


def _fail(batch: Sequence[_Waiting[T, R]], error: Exception) -> None:
    for each in batch:
        if not each.written.done():
            each.written.set_exception(error)
