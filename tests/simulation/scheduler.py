"""One event loop for everything: virtual time, and a seed that says who goes next. No threads, no sockets."""

import asyncio
import contextvars
import random
from typing import Any

WORKER: contextvars.ContextVar[int] = contextvars.ContextVar("worker", default=0)
"""The number of the worker that a callback belongs to; 0 for what outlives all workers."""


class NothingLeftError(RuntimeError):
    """Everybody waits, and nothing will ever come."""


class SeededLoop(asyncio.BaseEventLoop):
    """Runs what is ready in an order that the seed gives, and jumps to the next timer where nothing is ready."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._die = random.Random(seed)
        self._now = 0.0
        self._clock_resolution = 1e-6
        self._selector = self
        self._dead: set[int] = set()
        self._buried: list[Any] = []

    def time(self) -> float:
        """Return the seconds since the run began."""
        return self._now

    def kill(self, worker: int) -> None:
        """Let nothing of that worker ever run again, as after SIGKILL: no `finally`, no `except`."""
        self._dead.add(worker)

    def select(self, timeout: float | None) -> list[Any]:
        """Stand in for a selector: pass the time until the next timer. Raises NothingLeftError."""
        if timeout is None:
            raise NothingLeftError
        self._now += timeout
        return []

    def end(self) -> None:
        """Cancel what is left, also of the dead, and close: nothing of it is to be seen any more."""
        self._dead.clear()
        ready: Any = self._ready  # pyright: ignore[reportAttributeAccessIssue] - BaseEventLoop's own
        ready.extend(self._buried)
        self._buried.clear()
        left = asyncio.all_tasks(self)
        for each in left:
            each.cancel()

        async def gathered() -> None:
            await asyncio.gather(*left, return_exceptions=True)

        self.run_until_complete(gathered())
        self.run_until_complete(self.shutdown_asyncgens())
        self.close()

    def _process_events(self, event_list: list[Any]) -> None:
        del event_list

    def _write_to_self(self) -> None:
        """Wake nobody: there is one thread."""

    def _run_once(self) -> None:
        ready: Any = self._ready  # pyright: ignore[reportAttributeAccessIssue] - BaseEventLoop's own
        handles = list(ready)
        ready.clear()
        for handle in handles:
            # What is dropped is kept: collected, a coroutine would run its `finally`.
            (self._buried if handle._context.get(WORKER) in self._dead else ready).append(handle)
        self._die.shuffle(ready)
        super()._run_once()  # pyright: ignore[reportAttributeAccessIssue] - likewise
