"""How a process starts to stop, and how it ends."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@asynccontextmanager
async def until_stopped() -> AsyncGenerator[asyncio.Event]:
    """Yield an event that Ctrl-C, SIGTERM or a closed terminal sets, until the block ends."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    # `nohup` ignores the closed terminal.
    handled = [each for each in _SIGNALS if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN]
    for number in handled:
        loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


def leave(status: int) -> NoReturn:
    """End the process with that exit status, its output flushed, without tearing the interpreter down.

    Temporal's core runs threads that may call into an interpreter that is shutting down, and then abort the process:
    about one run in ten ended with status 134 instead of its own (temporalio/sdk-python issue 300).
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
