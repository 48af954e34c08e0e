"""The activity of a push, attempt by attempt: what is tried again, and what becomes a hold."""

import dataclasses
from dataclasses import dataclass, field

import pytest

from activities.customers import CustomerActivities
from tests.doubles.memory import MemoryStore
from tests.doubles.memory_imports import MemoryImports
from tests.unit.test_steps import an_attempt
from tests.workflows.customer_world import MemoryContacts, MemoryCustomers
from tests.workflows.world import CONNECTION
from tests.xero_support import customer
from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import DeniedError, RetryLaterError
from xerosync.core.xero_records import XeroContact
from xerosync.customers.links import CustomerLinking
from xerosync.customers.messages import PushHold, PushOutcome, PushResult, PushStep
from xerosync.customers.pushing import CustomerPush
from xerosync.documents.intent import CALL_TIMEOUT
from xerosync.documents.messages import Release


@dataclass
class FaultyContacts(MemoryContacts):
    """Xero, whose answer our own code fails at while there is a fault."""

    fault: str = ""

    async def find_by_number(self, connection: Connection, contact_number: str) -> XeroContact | None:
        if self.fault:
            raise ValueError(self.fault)
        return await super().find_by_number(connection, contact_number)


@dataclass
class Desk:
    """One account, and attempts at the activity."""

    store: MemoryStore = field(default_factory=MemoryStore)
    customers: MemoryCustomers = field(default_factory=MemoryCustomers)
    contacts: FaultyContacts = field(default_factory=FaultyContacts)

    def __post_init__(self) -> None:
        self.imports = MemoryImports(self.store)
        linking = CustomerLinking(self.customers, self.contacts, self.store, self)
        self.activities = CustomerActivities(CustomerPush(linking, self.imports, CALL_TIMEOUT))

    async def signal(
        self, ref: DocumentRef, name: str, payload: Release | None = None, *, number: str | None = None
    ) -> None:
        del number
        raise AssertionError(f"{ref} waits for no link, but is signalled {name} {payload}")

    async def push(self, attempt: int, *, denials: int | None = None) -> PushResult:
        await self.store.save_connection(CONNECTION)
        step = PushStep(account_id="acme", customer_id="k1", asked=True)
        environment = an_attempt(attempt)
        if denials is not None:
            environment.info = dataclasses.replace(environment.info, heartbeat_details=[denials, denials])
        return await environment.run(self.activities.push_customer, step)


async def test_a_customer_that_sequence_does_not_know_yet_is_read_three_times():
    desk = Desk()
    for attempt in (1, 2):
        with pytest.raises(RetryLaterError, match="does not know customer k1 yet"):
            await desk.push(attempt)
    assert (await desk.push(3)).hold is PushHold.CUSTOMER_MISSING


async def test_attempts_that_waited_for_a_limit_or_were_lost_with_their_worker_are_no_denials():
    desk = Desk()
    with pytest.raises(DeniedError, match="does not know customer k1 yet"):
        await desk.push(9, denials=1)


async def test_a_fault_of_our_own_that_comes_back_holds_the_push_and_says_so_in_the_store_only():
    desk = Desk()
    desk.customers.put(customer("k1", "Ada Ltd"))
    desk.contacts.fault = "Ada Lovelace"
    with pytest.raises(ValueError, match="Ada"):
        await desk.push(5)
    assert await desk.push(6) == PushResult(outcome=PushOutcome.HELD, hold=PushHold.REJECTED)
    held = await desk.imports.push_hold("acme", "k1")
    assert held
    assert "A fault of xerosync itself, to be reported: ValueError" in held.words
    desk.contacts.fault = ""
    assert (await desk.push(7)).outcome is PushOutcome.CREATED
    assert await desk.imports.push_hold("acme", "k1") is None
