"""Servers that end without being told to are started again where they were: on the same port, with the same data."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable

from standins.embedded.errors import EmbeddedError, in_one_sentence
from standins.embedded.processes import Child, Plan

MOST_ENDS = 8
_MINUTE = 60.0
"""Seconds."""

Restart = Callable[[], Awaitable[Child]]
"""Starts a server again, in place of one that has ended."""


class Keeper:
    """Starts servers again, and tells a person so in a sentence each time.

    One that can't be started, or that ends too often within a minute, is given up.
    """

    def __init__(self, tell: Callable[[str], None], *, most_ends: int = MOST_ENDS) -> None:
        self._tell = tell
        self._most_ends = most_ends
        self._gave_up = asyncio.Event()
        self._why = ""

    async def until_one_is_given_up(self) -> None:
        """Wait for that, however long it takes. Raises EmbeddedError then, one sentence."""
        await self._gave_up.wait()
        raise EmbeddedError(self._why)

    async def watch(self, child: Child, start_again: Restart) -> None:
        """Start a server again whenever it ends, until cancelled; then stop it."""
        ends = deque[float](maxlen=self._most_ends)
        try:
            while True:
                how = await child.ended()
                ends.append(time.monotonic())
                lately = sum(ends[-1] - end < _MINUTE for end in ends)
                if lately == self._most_ends:
                    self._give_up(f"{how}, {self._most_ends} times within a minute")
                    return
                self._tell(f"{how}. It is started again.")
                await asyncio.sleep(lately - 1)
                try:
                    with in_one_sentence(child.folder):
                        child = await start_again()
                except EmbeddedError as error:
                    self._give_up(f"{how}. It can't be started again: {error}")
                    return
        finally:
            await child.stop()

    def _give_up(self, why: str) -> None:
        self._why = why
        self._gave_up.set()


@contextlib.asynccontextmanager
async def kept(child: Child, start_again: Restart, keeper: Keeper | None) -> AsyncGenerator[None]:
    """Have a server that runs watched until the block ends, if there is a keeper. Stops only what that started."""
    if keeper is None:
        yield
        return
    watching = asyncio.create_task(keeper.watch(child, start_again), name="keep a server")
    try:
        yield
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def answering(plan: Plan, answers: Callable[[], Awaitable[bool]], seconds: float) -> Child:
    """Start a server and wait until it answers. Raises EmbeddedError with nothing left running."""
    child = await Child.start(plan)
    try:
        await child.until(answers, seconds)
    except BaseException:
        await child.stop()
        raise
    return child
