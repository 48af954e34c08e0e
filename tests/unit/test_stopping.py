"""Whoever ends the stack, it ends in order."""

import asyncio
import os
import signal

import pytest

from xerosync.process import until_stopped


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_is_a_wish_to_end_in_order(number: signal.Signals) -> None:
    async with until_stopped() as stopped:
        os.kill(os.getpid(), number)
        async with asyncio.timeout(5):
            await stopped.wait()
    assert asyncio.get_running_loop().remove_signal_handler(number) is False
