"""Two workers with one budget in PostgreSQL, against the stand-in with Xero's own limits."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest
from pydantic import SecretStr

from standins.xero import Limits, create_xero
from tests.patience import PATIENCE
from tests.unit.budget_conformance import SteppedClock
from tests.xero_support import bench, connection, memory_grants
from xerosync.core.documents import Kind
from xerosync.core.rate_limits import Lane, Wait
from xerosync.postgres import PostgresBudget, open_database
from xerosync.xero import XeroGateway, open_xero
from xerosync.xero.errors import XeroMissingError

NO_DOCUMENT = "00000000-0000-0000-0000-000000000000"


async def test_two_workers_use_xeros_minute_to_the_last_call_and_never_hear_a_429(database_url: str) -> None:
    async with AsyncExitStack() as stack:
        budgets: list[PostgresBudget] = []
        clock = SteppedClock()
        for _ in range(2):
            database = await stack.enter_async_context(open_database(SecretStr(database_url), connections=4))
            budgets.append(PostgresBudget(database, clock=clock))
        at = await stack.enter_async_context(bench(create_xero(limits=Limits.real(), seed=1), budget=budgets[0]))
        other = await stack.enter_async_context(
            open_xero(
                await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE)),
                memory_grants(),
                api_url=at.url,
                identity_url=at.url,
                client_id="xerosync-dev",
                client_secret=SecretStr("xerosync-dev-secret"),
                budget=budgets[1],
            )
        )
        ours = connection(at.organisation.tenant_id)

        async def ask(gateway: XeroGateway, lane: Lane) -> None:
            with pytest.raises(XeroMissingError):
                await gateway.books(lane).get(ours, Kind.INVOICE, NO_DOCUMENT)

        async with asyncio.timeout(PATIENCE):
            # Opening the gateway made one call.
            await asyncio.gather(*(ask((at.gateway, other)[number % 2], Lane.BULK) for number in range(49)))
            assert isinstance(await budgets[1].reserve(ours.tenant_id, Lane.BULK), Wait)
            await asyncio.gather(*(ask((at.gateway, other)[number % 2], Lane.LIVE) for number in range(10)))
            assert isinstance(await budgets[1].reserve(ours.tenant_id, Lane.LIVE), Wait)
        assert at.journal.count(status=429) == 0
        assert at.calls() == 59
