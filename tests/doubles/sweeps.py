"""Both sides of an account's sweep over doubles. What a test leaves out is played by something that does nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from activities.sweep import SweepActivities
from tests.doubles.documents import NoPushes
from tests.doubles.memory import MemoryStore
from tests.doubles.memory_hold_probes import MemoryHoldProbes
from tests.doubles.memory_imports import MemoryImports
from tests.doubles.memory_spacings import MemorySpacings
from xerosync.core.clock import utc_now
from xerosync.core.errors import RetryLaterError
from xerosync.documents.awaiting_customer import NewCustomers
from xerosync.documents.hold_probes import HoldProbes
from xerosync.documents.hold_retries import HoldRetries
from xerosync.documents.ports import Billing, Books, CallsLeft, Spacings, Workflows
from xerosync.documents.sequence_sweep import SequenceSweep
from xerosync.documents.xero_sweep import XeroSweep


class SilentBilling:
    """A Sequence that does not answer: what a sweep sees of payments is left to the documents' own steps."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def away(*_: object, **__: object) -> Any:
            raise RetryLaterError(f"Sequence does not answer {name}.")

        return away


class NothingOwed:
    """Nobody died over anything."""

    async def do(self, account_id: str, now: datetime) -> None:
        """Do nothing."""


class UnknownBudget:
    """Nobody knows how many calls are left."""

    async def day_left(self, tenant_id: str) -> int | None:
        """Return None."""
        del tenant_id


@dataclass
class SameOrganisation:
    """An organisation whose chart of accounts never changes."""

    async def renewed(self, connection: object, chart: Any) -> Any:
        """Return the chart as it is."""
        del connection
        return chart


def xero_sweep(
    books: Books,
    store: MemoryStore,
    workflows: Workflows,
    billing: Billing | None = None,
    *,
    budget: CallsLeft | None = None,
    spacings: Spacings | None = None,
    usual: timedelta = timedelta(minutes=15),
    now: Callable[[], datetime] = utc_now,
) -> XeroSweep:
    """Return the Xero side of a sweep."""
    organisations: Any = SameOrganisation()
    quiet: Any = SilentBilling()
    probes = HoldProbes(organisations, MemoryHoldProbes(), store, workflows, now)
    return XeroSweep(
        books=books,
        links=store,
        workflows=workflows,
        billing=billing or quiet,
        hold_probes=probes,
        budget=budget or UnknownBudget(),
        spacings=spacings or MemorySpacings(),
        usual=usual,
        now=now,
    )


def sequence_sweep(
    billing: Billing,
    store: MemoryStore,
    workflows: Workflows,
    *,
    now: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> SequenceSweep:
    """Return the Sequence side of a sweep."""
    new_customers = NewCustomers(MemoryImports(store), NoPushes(), now)
    return SequenceSweep(billing, store, workflows, new_customers, HoldRetries(store, workflows, now), now, sleep)


def sweep_activities(
    billing: Billing,
    books: Books,
    store: MemoryStore,
    workflows: Workflows,
    *,
    spacings: Spacings | None = None,
    now: Callable[[], datetime] = utc_now,
) -> SweepActivities:
    """Return the activities of a sweep of both sides."""
    owed: Any = NothingOwed()
    in_xero = xero_sweep(books, store, workflows, billing, spacings=spacings, now=now)
    return SweepActivities(owed, in_xero, sequence_sweep(billing, store, workflows, now=now))
