"""The only source of time in both stand-ins: wall time plus an offset that people and tests may move.

Tokens, limits, idempotency, webhook retries and document stamps all read this clock, so that thirty minutes,
six minutes or sixty days pass in one call to `advance`.
"""

import asyncio
from datetime import UTC, datetime, timedelta


class Clock:
    """Runs at the pace of the wall clock, from wherever it was last set. Belongs to one event loop."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, by: timedelta) -> None:
        """Move the clock by `by`; a negative span moves it back."""
        self._offset += by
        self._wake()

    def set(self, at: datetime) -> None:
        """Make `at` (aware, any zone) the present moment. ValueError for a naive one."""
        if at.tzinfo is None:
            raise ValueError("the clock is set with an aware datetime")
        self._offset = at - datetime.now(UTC)
        self._wake()

    def reset(self) -> None:
        """Return to the wall clock."""
        self._offset = timedelta()
        self._wake()

    async def wait_until(self, at: datetime) -> None:
        """Wait until `at` has come, by itself or because the clock was moved."""
        while (left := (at - self.now()).total_seconds()) > 0:
            moved = self._moved
            try:
                async with asyncio.timeout(left):
                    await moved.wait()
            except TimeoutError:
                continue

    def _wake(self) -> None:
        # A new event for those who come later: waking the old one wakes exactly those who wait now.
        woken, self._moved = self._moved, asyncio.Event()
        woken.set()
