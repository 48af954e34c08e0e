"""People who act on both sides at random, on each document apart, and the ledger that keeps what they did.

The dice are seeded: what happens to a document and when, whose contact is archived, when somebody disconnects.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.chaos.city import City
from tests.chaos.ledger import Act, Ledger
from tests.chaos.people import Billed, Branch
from xerosync.connection.grant import Grant
from xerosync.core.errors import RetryLaterError
from xerosync.operations.connecting import establish
from xerosync.services import Services
from xerosync.xero.oauth.consent import Consents

_TIMELINES = (1, 1, 2, 2, 3, 4)
"""How many things happen to a document."""

_WEIGHTS: Mapping[Act, int] = {
    Act.SEND: 8,
    Act.VOID: 3,
    Act.AMEND: 5,
    Act.MARK_SENT: 6,
    Act.EDIT_DATES: 3,
    Act.PAY_PART: 2,
    Act.PAY: 4,
    Act.SET_OFF: 1,
    Act.VOID_IN_XERO: 2,
}
_SIGNALS = {Act.SEND: "sent", Act.VOID: "voided", Act.AMEND: "amended"}
_IN_XERO = frozenset(_WEIGHTS) - frozenset(_SIGNALS)
_TRIES = 20
"""Seconds for which a person looks in Xero for a document that is not there yet."""


@dataclass(frozen=True)
class Crowd:
    """Everybody who works with the documents of a city; `pace` is how long they take between two things, in seconds."""

    city: City
    services: Services
    ledger: Ledger
    pace: float

    async def live(self, branch: Branch, issued: Sequence[Billed], dice: random.Random) -> None:
        """Signal new documents, and let things happen to each."""
        await self.city.tell(issued, "finalized")
        async with asyncio.TaskGroup() as going:
            for billed in issued:
                going.create_task(self._timeline(branch, billed, random.Random(dice.random())))

    async def archive_and_restore(self, branch: Branch, dice: random.Random) -> None:
        """Archive a contact now and then, and restore most of them, until cancelled."""
        while True:
            await asyncio.sleep(self.pace * dice.uniform(0.5, 1.5))
            customer = dice.choice(branch.customers)
            for archived in (True, False) if dice.random() < 0.8 else (True,):
                if await branch.archive(customer, archived=archived):
                    self.ledger.note_archived(customer, archived=archived)
                await asyncio.sleep(self.pace * dice.uniform(0.2, 0.6))

    async def disconnect_and_reconnect(self, branch: Branch, dice: random.Random) -> None:
        """Disconnect the app in Xero, and connect it again a while later."""
        await asyncio.sleep(self.pace * dice.uniform(1, 3))
        await branch.disconnect()
        self.ledger.disconnected += 1
        await asyncio.sleep(self.pace * dice.uniform(0.5, 1))
        await self._reconnect(branch)

    async def _reconnect(self, branch: Branch) -> None:
        """Consent anew, as `connect` has it, until Xero has answered all that it takes."""
        consents = Consents(self.services.xero.identity, login_url=self.city.stack.xero_url)
        grant: Grant = consents.consented(dict(await branch.consent())).grant
        await self.services.grants.add(grant)
        while True:
            with suppress(RetryLaterError):
                await establish(
                    self.services, branch.account_id, grant.grant_id, branch.tenant_id, every=timedelta(minutes=5)
                )
                return
            await asyncio.sleep(1)

    async def _timeline(self, branch: Branch, billed: Billed, dice: random.Random) -> None:
        acts = dice.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=dice.choice(_TIMELINES))
        for act in dict.fromkeys(acts):
            await asyncio.sleep(self.pace * dice.uniform(0, 1))
            done = await self._do(branch, billed, act, dice)
            self.ledger.note(billed, act, done=done)
            if done and act in _SIGNALS:
                await self.city.tell([billed], _SIGNALS[act])

    async def _do(self, branch: Branch, billed: Billed, act: Act, dice: random.Random) -> bool:
        """Do it; in Xero once the document is there."""
        write = _write(branch, billed, act, dice)
        for _ in range(_TRIES if act in _IN_XERO else 1):
            if await write():
                return True
            with suppress(RetryLaterError):  # a store that is busy for a moment says nothing about the document
                if (await self.city.store.document(billed.ref)).xero:
                    return False
            await asyncio.sleep(1)
        return False


def _write(branch: Branch, billed: Billed, act: Act, dice: random.Random) -> Callable[[], Awaitable[bool]]:
    day = datetime.now(UTC).date() + timedelta(days=dice.randrange(1, 90))
    match act:
        case Act.SEND:
            return lambda: branch.press(billed, "send")
        case Act.VOID:
            return lambda: branch.press(billed, "void")
        case Act.AMEND:
            return lambda: branch.move_due_date(billed, day)
        case Act.MARK_SENT:
            return lambda: branch.do(billed, "sent")
        case Act.EDIT_DATES:
            return lambda: branch.do(billed, "dates", date=f"{day}", due_date=f"{day + timedelta(days=14)}")
        case Act.PAY_PART:
            return lambda: branch.do(billed, "pay", amount=1)
        case Act.PAY:
            return lambda: branch.do(billed, "pay")
        case Act.SET_OFF:
            return lambda: branch.set_off(billed, billed.ref.document_id[:8])
        case Act.VOID_IN_XERO:
            return lambda: branch.do(billed, "void")
