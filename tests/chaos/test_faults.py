"""Every fault of Xero on creating, changing and sweeping calls; nothing is doubled, lost or held."""

import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.chaos.city import City
from tests.chaos.faults import FAULTS
from tests.chaos.witness import compare
from tests.patience import until
from xerosync.documents.messages import SyncState


@pytest.mark.slow
async def test_whatever_xero_answers_every_document_is_there_once_and_sent(city: City):
    dice = random.Random(8)
    branches = itertools.cycle(city.branches)
    struck = {name: await next(branches).bill(3, dice) for name in FAULTS}
    documents = [billed for each in struck.values() for billed in each]
    async with city.worker("survivor"):
        for name, billed in struck.items():
            async with fault(city, name, "PUT"):
                await city.tell(billed, "finalized")
        await city.until(documents, SyncState.PUSHED)
        for name, (sent, *marked) in struck.items():
            await city.branch(sent).send(sent)
            async with fault(city, name, "POST"):
                await city.tell([sent], "sent")
            for billed in marked:
                await city.branch(billed).mark_sent(billed)
            async with fault(city, name, "GET"):
                await city.sweep(city.branch(sent))
        await city.until(documents, SyncState.SETTLED)
    assert await compare(city) == []


@asynccontextmanager
async def fault(city: City, name: str, method: str) -> AsyncIterator[None]:
    """Let a fault befall the next call of a method, and wait until it has."""
    rule = FAULTS[name].befall(city.stack.xero.faults, method, "/api.xro", times=1)
    yield

    async def fired() -> bool:
        return rule.fired == 1

    try:
        await until(fired)
    except TimeoutError:
        raise AssertionError(f"{name} befell no {method}") from None
