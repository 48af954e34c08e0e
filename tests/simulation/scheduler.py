"""One event loop for everything: virtual time, and a seed that says who goes next. No threads, no sockets."""

import asyncio
import contextvars
import heapq
import random
from contextlib import suppress
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
        self._dead: set[int] = set()
        self._buried: list[Any] = []

    def time(self) -> float:
        """Return the seconds since the run began."""
        return self._now

    def kill(self, worker: int) -> None:
        """Let nothing of that worker ever run again, as after SIGKILL: no `finally`, no `except`."""
        self._dead.add(worker)

    def end(self) -> None:
        """Cancel what is left, also of the dead, and close: nothing of it is to be seen any more."""
        self._dead.clear()
        ready: Any = self._ready  # pyright: ignore[reportAttributeAccessIssue] - BaseEventLoop's own
        ready.extend(each for each in self._buried if not each._cancelled)
        self._buried.clear()
        left = asyncio.all_tasks(self)
        for each in left:
            each.cancel()

        async def gathered() -> None:
            await asyncio.gather(*left, return_exceptions=True)

        with suppress(NothingLeftError):
            # What waits for somebody who died, whatever cancels it, is left.
            self.run_until_complete(gathered())
        self.run_until_complete(self.shutdown_asyncgens())
        self.close()

    def _process_events(self, event_list: list[Any]) -> None:
        del event_list

    def _write_to_self(self) -> None:
        """Wake nobody: there is one thread."""

    def _timer_handle_cancelled(self, handle: Any) -> None:
        """Count nothing: a timer that was cancelled leaves when its time has come."""
        del handle

    def _run_once(self) -> None:
        """Run once all that is ready, of living workers; where nothing is, pass the time until the next timer.

        asyncio's own does more (signals, slow callbacks, a selector), and took a tenth of a run.
        """
        ready, timers = self._ready, self._scheduled  # pyright: ignore[reportAttributeAccessIssue] - BaseEventLoop's own
        if not ready and not self._stopping:  # pyright: ignore[reportAttributeAccessIssue] - likewise
            while timers and timers[0]._cancelled:
                heapq.heappop(timers)._scheduled = False
            if not timers:
                raise NothingLeftError
            self._now = max(self._now, timers[0]._when)
        handles: list[Any] = list(ready)
        ready.clear()
        while timers and timers[0]._when <= self._now:
            timer = heapq.heappop(timers)
            timer._scheduled = False
            handles.append(timer)
        if self._dead:
            # What is dropped is kept: collected, a coroutine would run its `finally`.
            self._buried += [each for each in handles if each._context.get(WORKER) in self._dead]
            handles = [each for each in handles if each._context.get(WORKER) not in self._dead]
        if len(handles) > 1:
            handles.sort(key=self._lot)
        for each in handles:
            if not each._cancelled:
                each._run()

    def _lot(self, handle: Any) -> float:
        del handle
        return self._die.random()
