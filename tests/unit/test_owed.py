"""What follows something that is stored is done by the next sweep where the process died in between."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tests.doubles.memory import MemoryStore
from tests.doubles.memory_hold_probes import MemoryHoldProbes
from tests.doubles.memory_imports import MemoryImports
from tests.store.samples import document, ref
from tests.unit.test_hold_probes import SALES, chart
from tests.workflows.customer_world import MemoryContacts, MemoryCustomers, contact
from tests.workflows.world import CONNECTION
from tests.xero_support import customer
from xerosync.connection.chart import Chart
from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import HoldError
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.owed import OVERDUE, link_of, owing, signal_of
from xerosync.customers.customer import Customer
from xerosync.customers.importing import CustomerImport
from xerosync.customers.links import CustomerLinking
from xerosync.customers.messages import ImportOpenInput, ImportPageInput, PushHold, PushStep
from xerosync.customers.overdue import OverdueActs
from xerosync.customers.pushing import CustomerPush
from xerosync.documents.hold_probes import HoldProbes
from xerosync.documents.intent import CALL_TIMEOUT
from xerosync.documents.messages import Release

REF = ref()


class DiedError(BaseException):
    """This process ends here."""


@dataclass
class Place:
    """A document that waits, and a process that may die before it can signal."""

    store: MemoryStore = field(default_factory=MemoryStore)
    customers: MemoryCustomers = field(default_factory=MemoryCustomers)
    contacts: MemoryContacts = field(default_factory=MemoryContacts)
    signalled: list[str] = field(default_factory=list[str])
    dies: bool = True

    async def signal(
        self, ref: DocumentRef, name: str, payload: Release | None = None, *, number: str | None = None
    ) -> None:
        del payload, number
        if self.dies:
            raise DiedError
        self.signalled.append(f"{name} {ref.document_id}")

    async def hold(self, reason: HoldReason) -> None:
        now = datetime.now(UTC)
        held = Hold(reason=reason, words="", since=now)
        await self.store.change(REF, lambda link: link.read(document(REF, customer_id="c1"), now).held(held))

    async def sweep(self, after: timedelta = OVERDUE) -> None:
        self.dies = False
        await OverdueActs(self.linking()).do("acme", datetime.now(UTC) + after)

    def linking(self, customers: MemoryCustomers | None = None) -> CustomerLinking:
        return CustomerLinking(customers or self.customers, self.contacts, self.store, self)

    async def renewed(self, connection: Connection, chart: Chart) -> Chart:
        del connection
        return chart


@pytest.fixture
def place() -> Place:
    place = Place()
    place.customers.put(customer("c1", "One Ltd"))
    return place


async def link(place: Place) -> None:
    await place.linking().link("acme", "c1", "contact-1")


async def keep_push_hold(place: Place) -> None:
    await place.store.save_connection(CONNECTION)
    place.contacts.put(contact("contact-1", "One Ltd"))
    pushing = CustomerPush(place.linking(), MemoryImports(place.store), CALL_TIMEOUT)
    result = await pushing.push(PushStep(account_id="acme", customer_id="c1", asked=True), 0)
    assert result.hold is PushHold.NAME_TAKEN


@pytest.mark.parametrize("store", [link, keep_push_hold])
async def test_documents_of_a_customer_are_released_although_the_process_died(
    place: Place, store: Callable[[Place], Awaitable[None]]
):
    await place.hold(HoldReason.CUSTOMER_UNLINKED)
    with pytest.raises(DiedError):
        await store(place)
    await place.sweep(timedelta(0))
    assert place.signalled == []  # it may still be at it
    await place.sweep()
    assert place.signalled == ["release inv-1"]
    await place.sweep()
    assert place.signalled == ["release inv-1"]


async def test_sequence_is_shown_a_link_although_the_process_died(place: Place):
    await place.hold(HoldReason.CUSTOMER_UNLINKED)
    with pytest.raises(DiedError):
        await link(place)
    assert (await place.customers.get("acme", "c1")).xero_contact_id is None
    await place.sweep()
    assert (await place.customers.get("acme", "c1")).xero_contact_id == "contact-1"


@dataclass
class DyingCustomers(MemoryCustomers):
    """Sequence, as a process asks it that dies before it can."""

    async def link(self, account_id: str, customer_id: str, contact_id: str | None) -> Customer:
        del account_id, customer_id, contact_id
        raise DiedError


@dataclass
class RefusingCustomers(MemoryCustomers):
    """Sequence, as it does not take a customer."""

    async def link(self, account_id: str, customer_id: str, contact_id: str | None) -> Customer:
        del account_id, customer_id, contact_id
        raise HoldError(HoldReason.REJECTED, "postcode is missing")


async def linked_in_sequence(place: Place) -> str | None:
    return (await place.customers.get("acme", "c1")).xero_contact_id


async def unlink_and_die(place: Place) -> None:
    place.dies = False
    await link(place)
    with pytest.raises(DiedError):
        await place.linking(DyingCustomers()).unlink("acme", "c1")
    assert await place.store.contact_of("acme", "c1") is None
    assert await linked_in_sequence(place) == "contact-1"
    assert await place.store.unlinking("acme", ["c1"]) == {"c1"}


async def test_a_link_is_removed_from_sequence_although_the_process_died(place: Place):
    await unlink_and_die(place)
    await place.sweep()
    assert await linked_in_sequence(place) is None
    assert await place.store.unlinking("acme", ["c1"]) == frozenset()


async def test_a_customer_that_is_linked_again_keeps_that_link_whatever_was_owed(place: Place):
    await unlink_and_die(place)
    await place.linking().link("acme", "c1", "contact-2")
    await place.sweep()
    assert await linked_in_sequence(place) == "contact-2"
    assert await place.store.unlinking("acme", ["c1"]) == frozenset()


async def test_a_removal_that_sequence_refuses_stays_owed(place: Place):
    await unlink_and_die(place)
    customers, place.customers = place.customers, RefusingCustomers()
    await place.sweep()
    assert await place.store.unlinking("acme", ["c1"]) == {"c1"}
    place.customers = customers
    await place.sweep()
    assert await place.store.unlinking("acme", ["c1"]) == frozenset()


async def test_a_link_that_sequence_alone_knows_is_not_removed_although_one_that_took_it_over_died(place: Place):
    await place.customers.link("acme", "c1", "contact-1")
    await place.store.owe([link_of("acme", "c1")])
    await place.sweep()
    assert await linked_in_sequence(place) == "contact-1"


async def test_a_document_is_signalled_although_the_process_died(place: Place):
    with pytest.raises(DiedError):
        async with owing(place.store, signal_of(REF)):
            await place.signal(REF, "amended")
    await place.sweep()
    assert place.signalled == ["amended inv-1"]


async def test_what_was_done_is_not_owed(place: Place):
    place.dies = False
    await link(place)
    assert await place.store.overdue("acme", datetime.now(UTC) + OVERDUE) == []


async def test_what_is_owed_again_meanwhile_stays_owed(place: Place):
    async with owing(place.store, signal_of(REF)):
        again = signal_of(REF)
        await place.store.owe([again])
    assert await place.store.overdue("acme", datetime.now(UTC) + OVERDUE) == [again]


async def test_one_document_of_plan_limit_is_released_although_the_process_died(place: Place):
    await place.hold(HoldReason.PLAN_LIMIT)
    await place.store.save_chart("acme", chart(SALES))
    kept = MemoryHoldProbes()
    probes = HoldProbes(place, kept, place.store, place)
    with pytest.raises(DiedError):
        await probes.probe(CONNECTION)
    place.dies = False
    await probes.probe(CONNECTION)  # Temporal tries the sweep again
    assert place.signalled == ["release inv-1"]


async def test_a_currency_that_was_added_before_the_first_probe_is_new(place: Place):
    place.dies = False
    now = datetime.now(UTC)
    held = Hold(reason=HoldReason.CURRENCY_NOT_ENABLED, words="", since=now)
    of = document(REF, currency="EUR")
    await place.store.change(REF, lambda link: link.read(of, now).held(held))
    # Somebody added it and, for another document, the chart was read since.
    await place.store.save_chart("acme", chart(SALES, currencies=("GBP", "EUR")))
    await HoldProbes(place, MemoryHoldProbes(), place.store, place).probe(CONNECTION)
    assert place.signalled == ["release inv-1"]


async def test_links_of_an_import_are_owed_to_sequence_although_the_process_died(place: Place):
    await place.store.save_connection(CONNECTION)
    place.contacts.put(contact("contact-1", contact_number="c1"))
    dying = DyingCustomers(kept=place.customers.kept)
    importing = CustomerImport(place.linking(dying), MemoryImports(place.store), CALL_TIMEOUT)
    await importing.open(ImportOpenInput(account_id="acme", import_id="first"))
    with pytest.raises(DiedError):
        await importing.page(ImportPageInput(account_id="acme", import_id="first", page=1))
    assert await place.store.contact_of("acme", "c1") == "contact-1"
    assert await linked_in_sequence(place) is None
    await place.sweep()
    assert await linked_in_sequence(place) == "contact-1"
