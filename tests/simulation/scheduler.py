"""One event loop for everything: virtual time, and a seed that says who goes next. No threads, no sockets."""

import asyncio
import contextvars
import gc
import heapq
import itertools
import random
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

WORKER: contextvars.ContextVar[int] = contextvars.ContextVar("worker", default=0)
"""The number of the worker that a callback belongs to; 0 for what outlives all workers."""


class NothingLeftError(RuntimeError):
    """Everybody waits, and nothing will ever come."""


class _Timer(asyncio.TimerHandle):
    """A callback and its time. asyncio's own looks for debugging with each; a document of a run makes hundreds."""

    __slots__ = ()

    def __init__(
        self, when: float, callback: Callable[..., object], args: Any, loop: Any, context: contextvars.Context | None
    ) -> None:
        self._when, self._callback, self._args, self._loop = when, callback, args, loop
        self._context = contextvars.copy_context() if context is None else context
        self._cancelled, self._scheduled = False, True
        self._repr = self._source_traceback = None

    def cancel(self) -> None:
        """Never run it."""
        self._cancelled = True
        self._callback = self._args = None  # pyright: ignore[reportAttributeAccessIssue] - as asyncio does


class SeededLoop(asyncio.BaseEventLoop):
    """Runs what is ready in an order that the seed gives, and jumps to the next timer where nothing is ready.

    asyncio's own does more (signals, slow callbacks, a selector, debugging), and took a fifth of a run.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._lot = random.Random(seed).random
        self._now = 0.0
        self._timers: list[tuple[float, int, _Timer]] = []
        self._count = itertools.count()
        self._dead: set[int] = set()
        self._buried: list[Any] = []

    def time(self) -> float:
        """Return the seconds since the run began."""
        return self._now

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """Run it with all that is ready."""
        handle = _Timer(self._now, callback, args, self, context)
        self._ready.append(handle)  # pyright: ignore[reportAttributeAccessIssue] - BaseEventLoop's own
        return handle

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        """Run it at a time."""
        timer = _Timer(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._count), timer))
        return timer

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        """Run it so many seconds from now."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def kill(self, worker: int) -> None:
        """Let nothing of that worker ever run again, as after SIGKILL: no `finally`, no `except`."""
        self._dead.add(worker)

    def end(self) -> None:
        """Cancel what is left, also of the dead, and close: nothing of it is to be seen any more."""
        self._dead.clear()
        # What was killed is never ended, as asyncio would complain later.
        self.set_exception_handler(lambda *_: None)
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

    def _run_once(self) -> None:
        """Run once all that is ready, of living workers; where nothing is, pass the time until the next timer."""
        ready: Any = self._ready  # pyright: ignore[reportAttributeAccessIssue] - BaseEventLoop's own
        timers = self._timers
        if not ready and not self._stopping:  # pyright: ignore[reportAttributeAccessIssue] - likewise
            while timers and timers[0][2]._cancelled:
                heapq.heappop(timers)
            if not timers:
                raise NothingLeftError
            self._now = max(self._now, timers[0][0])
        handles: list[Any] = [each for each in ready if not each._cancelled]
        ready.clear()
        while timers and timers[0][0] <= self._now:
            timer = heapq.heappop(timers)[2]
            if not timer._cancelled:
                handles.append(timer)
        if self._dead:
            # What is dropped is kept: collected, a coroutine would run its `finally`.
            self._buried += [each for each in handles if each._context.get(WORKER) in self._dead]
            handles = [each for each in handles if each._context.get(WORKER) not in self._dead]
        if len(handles) > 1:
            lot = self._lot
            handles.sort(key=lambda _: lot())
        for each in handles:
            if not each._cancelled:
                each._run()


@contextmanager
def rarely_collected() -> Generator[None]:
    """Look for cycles once in a hundred documents: what failed leaves many, and to look cost a tenth of a run."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 1, 1)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
