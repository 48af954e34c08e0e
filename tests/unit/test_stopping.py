"""A process that is asked to stop ends in order."""

import asyncio
import os
import signal

import pytest

from tests.patience import PATIENCE
from xerosync.process import until_stopped


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_asks_the_process_to_stop(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_DFL)  # whatever started the tests may have signals ignored
    try:
        async with until_stopped() as stopped:
            os.kill(os.getpid(), number)
            async with asyncio.timeout(PATIENCE):
                await stopped.wait()
        assert asyncio.get_running_loop().remove_signal_handler(number) is False
    finally:
        signal.signal(number, before)


async def test_a_closed_terminal_stops_no_process_under_nohup() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        async with until_stopped() as stopped:
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0)
            assert not stopped.is_set()
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
