"""Xero's webhook: the stand-in's own deliveries, numbered, signed and tried again, to the copy of the edge that runs.

Every change is announced, our own writes among them. Some deliveries are lost, which leaves a gap in the numbers, and
of half of what people do Xero says nothing at all.
"""

import asyncio
import random
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

import httpx

from standins.xero.webhooks.signing import signature as signature_of
from tests.doubles.memory import MemoryStore
from tests.doubles.memory_inbox import MemoryInbox
from tests.doubles.memory_spacings import MemorySpacings
from tests.simulation.edge import XERO_KEY, Edge
from tests.simulation.plan import Fault, Plan
from tests.simulation.world import World
from xerosync.documents.ports import Announcement, Echoes

_UNTOLD = 0.5
"""How often Xero says nothing of what a person did there, in runs in which it does not announce all."""

_TELLS_ALL = 4
"""In every so manieth seed it does: only there sweeps are spread."""

_WRONG = {Fault.LOST: ("lose", "0.05"), Fault.DOUBLED: ("duplicate", "0.1"), Fault.LATE: ("reorder", "0.1")}
_FORGED = ("forge", "0.1")
_ON_THE_WAY = 2.0
_WITHIN = timedelta(hours=1)
"""How much earlier than our write its event may come: the two companies' clocks are apart."""


@dataclass
class _Answer:
    status_code: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class XeroHook:
    """Tells the edge what changes in Xero, as the plan wants it. `violate` takes what must not be."""

    def __init__(self, edge: Edge, world: World, plan: Plan, violate: Callable[[str], None]) -> None:
        self._edge, self._world, self._plan, self._violate = edge, world, plan, violate
        self._die = random.Random(f"webhooks of Xero {plan.seed}")
        tells_all = Fault.UNANNOUNCED not in plan.faults or plan.seed % _TELLS_ALL == 1
        self._untold = 0.0 if tells_all else _UNTOLD

    @contextmanager
    def telling(self) -> Generator[None]:
        """Let the stand-in post to the edge as long as the block lasts, and say nothing of some of what people do."""
        webhooks, emit = self._world.xero.state.xero.webhooks, self._world.xero.state.xero.webhooks.emit

        def emitting(*event: Any, **more: Any) -> None:
            if self._world.is_person_acting and self._untold and self._die.random() < self._untold:
                return
            emit(*event, **more)

        with (
            patch("standins.xero.webhooks.registry._client", lambda: self),
            patch("standins.xero.webhooks.signing.secrets", self._die),
            patch.object(webhooks, "emit", emitting),
        ):
            yield

    async def register(self) -> None:
        """Register the webhook at Xero, which asks for the intent to receive, and let deliveries go wrong from then on.

        Before anything fails: whoever sets it up sees how it went.
        """
        webhooks = self._world.xero.state.xero.webhooks
        hook = await webhooks.register("https://edge.example/webhooks/xero", XERO_KEY)
        if hook.intent_problems:
            self._violate(f"the intent to receive is answered wrongly: {hook.intent_problems}")
        wanted = self._plan.faults
        shares = {name: Decimal(share) for fault, (name, share) in _WRONG.items() if fault in wanted}
        if Fault.FORGED in wanted:
            shares[_FORGED[0]] = Decimal(_FORGED[1])
        webhooks.disorder.change({**shares, "seed": self._plan.seed})

    async def __aenter__(self) -> "XeroHook":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def post(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> _Answer:
        """Carry a delivery to the edge. Raises httpx.ReadError where the copy that took it died."""
        del url
        await asyncio.sleep(self._die.uniform(0, _ON_THE_WAY))
        signature = headers.get("x-xero-signature")
        answer = await self._edge.xero(content, signature)
        if answer is None:
            raise httpx.ReadError("The copy of the edge died.")
        if signature != signature_of(content, XERO_KEY) and answer.status_code != HTTPStatus.UNAUTHORIZED:
            self._violate(f"a forged webhook of Xero was answered with {answer.status_code}")
        return _Answer(answer.status_code, bytes(answer.body))


class HookSpacings(MemorySpacings):
    """How far apart sweeps are, by what came to the edge's inbox and what the store knows of our writes."""

    def __init__(self, inbox: MemoryInbox, store: MemoryStore) -> None:
        super().__init__()
        self._inbox, self._store = inbox, store

    async def announced(self, account_id: str) -> Sequence[Announcement]:
        """Return what was announced and no sweep has looked at yet."""
        return self._inbox.announced(account_id)

    async def swept(self, announced: Sequence[Announcement]) -> None:
        """Keep that a sweep has looked at these."""
        self._inbox.swept(announced)

    async def echoes(self, account_id: str, since: datetime, until: datetime) -> Echoes:
        """Count the documents that we wrote in Xero within a time (UTC), by whether its webhook announced them."""
        echoed = silent = 0
        for xero_id, written_at in self._store.written(account_id, since, until):
            named_at = self._inbox.named_at(account_id, xero_id)
            if named_at and named_at >= written_at - _WITHIN:
                echoed += 1
            else:
                silent += 1
        return Echoes(echoed, silent)
