"""How long a test waits for a fact before it says that the fact does not come: far longer than any busy machine needs.

No test may fail by the clock. A wait has an end only so that a test which hangs says where.
"""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 240.0
"""Seconds."""


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE, every: float = 0.05) -> None:
    """Return once the condition holds."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(every)
