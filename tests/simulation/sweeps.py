"""The account's sweeps: by the schedule, and sooner where a webhook wakes one."""

import asyncio
import contextvars

from tests.simulation.lives import billing_runs
from tests.simulation.scheduler import SeededLoop
from tests.simulation.server import Server
from xerosync.core.temporal import ACCOUNT_SWEEP
from xerosync.documents.messages import SweepInput

HOUR = 3600.0
_BUSY = 3 * HOUR
"""How long after the beginning of a billing run much happens."""


class Sweeps:
    """Starts the sweeps of one account, never two at once, over a run in which people act for `span` seconds."""

    def __init__(self, loop: SeededLoop, server: Server, account_id: str, span: float) -> None:
        self._loop, self._server, self._account_id, self._span = loop, server, account_id, span
        self._id = f"sweep/{account_id}"
        self._context = contextvars.copy_context()
        self._is_waiting = False
        self.is_lively = True
        """Whether people still act, so that a sweep soon finds something."""

    async def run(self) -> None:
        """Sweep by the schedule, until cancelled."""
        while True:
            await asyncio.sleep(self._until_next())
            self.start()

    async def once(self) -> None:
        """Sweep, and wait for its end."""
        self.start()
        while self._id in self._server.open:
            await asyncio.sleep(1)

    def start(self) -> None:
        """Start a sweep, unless one runs."""
        if self._id not in self._server.open:
            self._server.start(self._id, ACCOUNT_SWEEP, SweepInput(account_id=self._account_id))

    def wake(self) -> None:
        """Sweep now; behind one that runs, one more waits."""
        if not self._is_waiting:
            self._is_waiting = True
            # Not in the waker's context: what Temporal took comes, whoever dies.
            self._loop.call_soon(self._begin, context=self._context.copy())

    def _begin(self) -> None:
        if self._id in self._server.open:
            self._loop.call_later(1, self._begin)
            return
        self._is_waiting = False
        self.start()

    def _until_next(self) -> float:
        """Return the wait: as in production for some hours of a billing run, else as seldom as is enough."""
        if not self.is_lively:
            return 6 * HOUR
        last_run = max(run for run in billing_runs(self._span) if run <= self._loop.time())
        return HOUR / 4 if self._loop.time() - last_run < _BUSY else HOUR
