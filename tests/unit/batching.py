"""A call that answers what it was sent, and short words for who travels in it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

from pydantic import SecretStr

from tests.doubles.allowance import MemoryBudget
from tests.xero_support import connection
from xerosync.connection.connection import Connection
from xerosync.connection.grant import GrantKind
from xerosync.core.errors import XerosyncError
from xerosync.core.rate_limits import Lane
from xerosync.xero.calls.answer import Answer, read_json, write_json
from xerosync.xero.calls.group_commit import GroupCommit, Item, Operation
from xerosync.xero.calls.rate_limit import Budget, XeroRateLimiter
from xerosync.xero.calls.transport import Call, Transport
from xerosync.xero.oauth.tokens import AccessToken
from xerosync.xero.refusals import error_from, hold_for

CONNECTION = connection()


class Echo(Operation[str]):
    """An operation whose batch of keys is answered by one result for each."""

    name = "echo"
    max_items = 5
    max_bytes = 1000

    def request(self, items: Sequence[Item]) -> Call:
        return Call("PUT", "/Echo", body=write_json([item.key for item in items]))

    def results(self, items: Sequence[Item], answer: Answer) -> Mapping[str, str | XerosyncError]:
        if answer.status >= 400:
            raise error_from(answer)
        said = answer.json()
        answers = {item.key: said[item.key] for item in items if said[item.key]}
        return {key: hold_for([word]) if word.startswith("!") else word for key, word in answers.items()}


def ok(keys: list[str], **said: str) -> Answer:
    return answer(200, {key: said.get(key, f"did {key}") for key in keys})


def answer(status: int, body: object) -> Answer:
    return Answer(status, {}, write_json(body), datetime.now(UTC), datetime.now(UTC))


class Wire:
    """A transport whose calls a test answers; every call waits for `gate`."""

    def __init__(self) -> None:
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.calls: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = asyncio.Condition()
        self.respond: Callable[[list[str]], Answer] = ok
        self.refuses_tokens: XerosyncError | None = None
        self.together = self.most_together = 0
        self.sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def authorise(self, _: Connection) -> AccessToken:
        if self.refuses_tokens:
            raise self.refuses_tokens
        return AccessToken(SecretStr("token"), GrantKind.CONSENT)

    async def exchange(self, _: Connection, call: Call, token: AccessToken | None = None) -> Answer:
        assert token is not None
        keys = read_json(call.body or b"")
        self.together += 1
        self.most_together = max(self.most_together, self.together)
        async with self.arrived:
            self.calls.append(keys)
            self.arrived.notify_all()
        try:
            await self.gate.wait()
            return self.respond(keys)
        finally:
            self.together -= 1

    async def called(self, times: int) -> None:
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.calls) >= times)


def commit(wire: Wire, budget: Budget | None = None, *, waits_in: Sequence[Lane] = (Lane.BULK,)) -> GroupCommit[str]:
    limiter = XeroRateLimiter(budget or MemoryBudget(), sleep=wire.sleep)
    return GroupCommit(Echo(), cast("Transport", wire), limiter, waits_in=waits_in)


def item(key: str, size: int = 1, send_before: datetime | None = None) -> Item:
    return Item(key, b"x" * size, send_before)


def submit(group: GroupCommit[str], *items: Item, lane: Lane = Lane.LIVE) -> list[asyncio.Task[str]]:
    return [asyncio.create_task(group.submit(CONNECTION, it, lane)) for it in items]


async def turn() -> None:
    """Let everything that can run now run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def errors(tasks: list[asyncio.Task[str]]) -> list[BaseException]:
    return [
        result for result in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(result, BaseException)
    ]
