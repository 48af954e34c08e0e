"""Waiting for what another process does."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 120, look_every: float = 0.05) -> None:
    """Return once the condition holds. Raises TimeoutError when it did not come true in time."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(look_every)
