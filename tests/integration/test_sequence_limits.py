"""Our side of Sequence's limit of requests a minute, over HTTP against the stand-in with a small one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from standins.sequence import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Sequence, create_sequence
from standins.serving import serve
from tests.patience import PATIENCE
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.rate_limits import Lane, Rate, RateShare, Wait
from xerosync.postgres import PostgresRates, open_database
from xerosync.sequence import RequestCounter, SequenceClient, SequenceRateLimiter
from xerosync.sequence.errors import SequenceRateLimitedError

OF_40 = Rate(40, {lane: RateShare(minute=38, two_seconds=38) for lane in Lane}, seconds=63)


KEY = SequenceKey(DEFAULT_CLIENT_ID, SecretStr(DEFAULT_CLIENT_SECRET))


@dataclass
class Counted:
    """Lets everything through and keeps what it is asked to hold."""

    held: list[tuple[str, timedelta]] = field(default_factory=list[tuple[str, timedelta]])

    async def take(self, key: str, lane: Lane) -> Wait | None:
        del key, lane

    async def hold(self, key: str, wait: timedelta) -> None:
        self.held.append((key, wait))


@dataclass(frozen=True)
class House:
    sequence: Sequence
    url: str
    http: httpx.AsyncClient

    def client(self, requests: RequestCounter, max_wait: float = 0.2) -> SequenceClient:
        limiter = SequenceRateLimiter(requests, max_wait=timedelta(seconds=max_wait))
        return SequenceClient(self.http, self.url + "/api", KEY, limiter)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    app = create_sequence(authentication=True)
    async with serve(app) as served, httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
        sequence: Sequence = app.state.sequence
        sequence.limits.enabled, sequence.limits.per_minute = True, OF_40.minute
        yield House(sequence, served.url, http)


async def test_a_429_of_sequence_is_told_to_all_workers(house: House) -> None:
    house.sequence.limits.per_minute = 1
    counted = Counted()
    client = house.client(counted)
    await client.get("list invoices", "/invoices")
    with pytest.raises(SequenceRateLimitedError) as limited:
        await client.get("list invoices", "/invoices")
    assert counted.held == [(DEFAULT_CLIENT_ID, limited.value.retry_after)]


async def test_two_workers_together_never_hear_a_429(house: House, database_url: str) -> None:
    async with AsyncExitStack() as stack:
        databases = [
            await stack.enter_async_context(open_database(SecretStr(database_url), connections=4)) for _ in range(2)
        ]
        clients = [house.client(PostgresRates(each, OF_40), max_wait=PATIENCE) for each in databases]
        await asyncio.gather(*(each.get("list invoices", "/invoices") for each in clients * 19))
        clients = [house.client(PostgresRates(each, OF_40)) for each in databases]
        more = [each.get("list invoices", "/invoices") for each in clients * 11]
        refused = await asyncio.gather(*more, return_exceptions=True)
    assert {type(each) for each in refused} == {SequenceRateLimitedError}
    assert house.sequence.journal.count(status=200) == 38
    assert house.sequence.journal.count(status=429) == 0
