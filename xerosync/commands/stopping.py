"""Ctrl-C, SIGTERM and a closed terminal, taken as a wish to end in order."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@asynccontextmanager
async def until_stopped() -> AsyncGenerator[asyncio.Event]:
    """Yield an event that any of them sets; one of them before the block began its wait cancels it."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
