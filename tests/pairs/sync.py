"""The sync of one document without Temporal: the product's own lifecycle, activities and sweep, over the real wire.

What `InvoiceSyncWorkflow` does with them is done here in its order, at once and by a clock that is moved.
"""

import dataclasses
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from pydantic import SecretStr
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.documents import HELD, DocumentActivities
from activities.interceptor import to_application_error
from activities.sweep import SweepActivities
from standins.sequence import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from tests.doubles.allowance import MemoryBudget
from tests.doubles.documents import document_activities
from tests.doubles.memory import MemoryStore
from tests.doubles.memory_grants import MemoryGrants
from tests.doubles.sequence_accounts import accounts_of
from tests.doubles.sweeps import sweep_activities
from tests.pairs.companies import SEQUENCE_URL, XERO_URL, Companies
from xerosync.connection.connection import Connection
from xerosync.connection.grant import Grant, GrantKind
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.documents import DocumentRef, DocumentStatus
from xerosync.core.errors import DeniedError, RetryLaterError
from xerosync.documents import lifecycle
from xerosync.documents.lifecycle import Step
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import ConfirmInput, Held, Known, Release, StepInput, SweepInput
from xerosync.documents.ports import Workflows
from xerosync.documents.views import XeroView
from xerosync.sequence import SequenceBilling
from xerosync.xero import Lane, XeroGateway, open_xero

CLAIMS = {
    "finalized": DocumentStatus.FINAL,
    "sent": DocumentStatus.SENT,
    "voided": DocumentStatus.VOIDED,
    "amended": None,
}
"""The signals of the billing system, and how far each says that the document has come."""

_DAY = timedelta(days=1)
_MOST_STEPS = 12
_MOST_ATTEMPTS = 40


class Syncing(Protocol):
    """Whatever gets signals of the document, and goes on until it waits."""

    async def hint(self, name: str) -> None:
        """Take a signal of the billing system."""
        ...

    async def sweep(self) -> None:
        """Sweep the account once."""
        ...

    async def link(self) -> DocumentLink:
        """Return what the store keeps of the document."""
        ...


class Sync:
    """One document's workflow, its store, and the sweep of its account. `known` None: no run of it is open."""

    def __init__(self, both: Companies, at: "Connected") -> None:
        self._both = both
        self._store = at.store
        self._activities, self._sweep = at.activities(both, self)
        self.known: Known | None = None

    async def link(self) -> DocumentLink:
        """Return what the store keeps of the document."""
        return await self._store.document(self._both.ref)

    async def hint(self, name: str) -> None:
        """Take a signal of the billing system; a run starts where none is open."""
        self.known = lifecycle.hinted(self.known or Known(), CLAIMS[name])
        await self._go_on()

    async def sweep(self) -> None:
        """Sweep Xero once, and go on with what that signalled."""
        await self._sweep.sweep_xero(SweepInput(account_id=self._both.account_id))
        await self._go_on()

    async def compare(self) -> None:
        """Let the day's comparison with Sequence come, which a sweep makes, and go on with what that signalled."""
        await self._sweep.sweep_sequence(SweepInput(account_id=self._both.account_id))
        await self._go_on()

    async def release(self) -> None:
        """Let a person press retry."""
        self.known = lifecycle.released(self.known or Known(), None)
        await self._go_on()

    async def signal(
        self, ref: DocumentRef, name: str, payload: XeroView | Release | None = None, *, number: str | None = None
    ) -> None:
        """Take a signal of the sweep; a run starts where none is open."""
        del number
        assert ref == self._both.ref
        known = self.known or Known()
        if isinstance(payload, XeroView):
            self.known = lifecycle.saw_xero(known, payload)
        else:
            assert (name, isinstance(payload, Release)) == ("release", True)
            assert payload.is_retry
            self.known = lifecycle.retried(known, payload.reason)

    async def _go_on(self) -> None:
        """Perform step after step until the document waits or is settled."""
        for _ in range(_MOST_STEPS):
            if self.known is None:
                return
            match lifecycle.next_step(self.known):
                case Step.SETTLE:
                    self.known = None
                case Step.WAIT:
                    return
                case Step.CONFIRM:
                    await self._confirm()
                case step:
                    await self._perform(step)
        raise AssertionError(f"{self._both.ref} does not come to rest: {self.known}")

    async def _perform(self, step: Step) -> None:
        known = self.known
        assert known is not None
        try:
            is_held = lifecycle.current_hold(known) is not None
            given = StepInput(ref=self._both.ref, xero=known.xero, stays_held=is_held)
            outcome = await self._run(step.value, given)
        except ApplicationError as error:
            if error.type != HELD:
                raise
            met = Held.model_validate(error.details[0])
            self.known = lifecycle.held(known, met, hints_read=known.hints, by=step)
        else:
            self.known = lifecycle.learned(known, outcome, hints_read=known.hints)

    async def _confirm(self) -> None:
        known = self.known
        assert known is not None
        claimed = lifecycle.unconfirmed(known)
        assert claimed is not None
        outcome = await self._run("confirm_claim", ConfirmInput(ref=self._both.ref, claimed=claimed))
        self.known = lifecycle.confirmed(known, outcome, hints_read=known.hints)

    async def _run(self, activity: str, given: Any) -> Any:
        """Run an activity as Temporal and the boundary do: again after a while where that is what it asks for."""
        failures = denied = 0
        began = self._both.clock.now()
        for attempt in range(1, _MOST_ATTEMPTS):
            environment = _attempt(attempt, began, self._both.clock.now(), (failures, denied))
            try:
                return await environment.run(getattr(self._activities, activity), given)
            except RetryLaterError as error:
                self._both.pass_by(to_application_error(error, failures).next_retry_delay or _DAY)
                failures += error.retry_after is None
                denied += isinstance(error, DeniedError)
            except ApplicationError as error:
                if error.next_retry_delay is None:
                    raise
                self._both.pass_by(error.next_retry_delay)
        raise AssertionError(f"{activity} was tried {_MOST_ATTEMPTS} times")


def _attempt(number: int, began: datetime, now: datetime, counts: tuple[int, ...]) -> ActivityEnvironment:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(
        environment.info, attempt=number, scheduled_time=began, started_time=now, heartbeat_details=counts
    )
    return environment


@dataclass(frozen=True)
class Connected:
    """The product's adapters on both companies, and its store."""

    gateway: XeroGateway
    billing: SequenceBilling
    store: MemoryStore

    def activities(self, both: Companies, workflows: Workflows) -> tuple[DocumentActivities, SweepActivities]:
        """Return the activities of documents and of the sweep, which tells `workflows`."""
        now = both.clock.now
        documents = document_activities(self.billing, self.gateway.books(Lane.LIVE), self.store, now=now)
        sweep = sweep_activities(self.billing, self.gateway.books(Lane.SWEEP), self.store, workflows, now=now)
        return documents, sweep


def connection(both: Companies, connected_at: datetime | None = None) -> Connection:
    """Return the connection of the two companies."""
    return Connection(
        account_id=both.account_id,
        grant_id="grant",
        tenant_id=both.tenant_id,
        organisation_name="Demo Company (GB)",
        short_code="!demo",
        base_currency="GBP",
        default_ledger_account="200",
        connected_at=connected_at,
    )


@asynccontextmanager
async def sync(both: Companies) -> AsyncGenerator[Sync]:
    """Open the sync of the document between two companies until the block ends."""
    async with connected(both) as at:
        yield Sync(both, at)


@asynccontextmanager
async def connected(both: Companies) -> AsyncGenerator[Connected]:
    """Connect the two companies and link their customer, until the block ends."""
    now = both.clock.now
    grants, store = MemoryGrants(), MemoryStore(now)
    await grants.add(
        Grant(
            grant_id="grant",
            kind=GrantKind.CONSENT,
            access_token=SecretStr("any"),
            refresh_token=SecretStr("any"),
            expires_at=now() + 365 * _DAY,
        )
    )
    await store.save_connection(connection(both))
    await store.link_customer(both.account_id, both.customer_id, both.contact_id)
    key = SequenceKey(DEFAULT_CLIENT_ID, SecretStr(DEFAULT_CLIENT_SECRET))

    async def sleep(seconds: float) -> None:
        both.pass_by(timedelta(seconds=seconds))

    async with open_xero(
        both.http,
        grants,
        api_url=XERO_URL,
        identity_url=XERO_URL,
        client_id="any",
        client_secret=None,
        invoice_url="https://app.example/invoices/{id}",
        credit_note_url="https://app.example/credit-notes/{id}",
        budget=MemoryBudget(clock=now),
        clock=now,
        sleep=sleep,
    ) as gateway:
        billing = SequenceBilling(accounts_of(both.http, f"{SEQUENCE_URL}/api", key))
        yield Connected(gateway, billing, store)
