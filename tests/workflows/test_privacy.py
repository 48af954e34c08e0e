"""What a company says when it refuses may name anybody: it stays in the store, out of histories and logs."""

from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs
from temporalio.client import WorkflowHandle

from tests.histories import kept_of
from tests.patience import until
from tests.workflows.customer_world import contact
from tests.workflows.house import House
from tests.workflows.world import CONNECTION, invoice
from xerosync.core.documents import DocumentRef, DocumentStatus
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.customers.client import CustomerWorkflows
from xerosync.customers.contact_to_customer import alias_of
from xerosync.customers.customer import Address, Customer, TaxStatus
from xerosync.customers.messages import ImportInput, PushOutcome
from xerosync.documents.messages import Release, SyncState
from xerosync.documents.views import XeroView
from xerosync.sequence.errors import SequenceRefusedError
from xerosync.xero.errors import XeroRefusedError

PEOPLE = ("Bea Poole", "bea@poole.example", "3 Mill Lane", "Gold engraving")
WORDS = f"The contact {PEOPLE[0]} <{PEOPLE[1]}> of {PEOPLE[2]} has a line '{PEOPLE[3]}' that is not valid."
REFUSED = XeroRefusedError(HoldReason.REJECTED, WORDS, validation_errors=(WORDS,))

Timeline = Callable[[House], Awaitable[WorkflowHandle[object, object]]]


def named_in(text: object) -> list[str]:
    return [each for each in PEOPLE if each in str(text)]


async def refused_create(house: House) -> WorkflowHandle[object, object]:
    house.books.refuse = REFUSED
    return await _held(house, house.billing.put(invoice()))


async def refused_again(house: House) -> WorkflowHandle[object, object]:
    """Refused with other words when it is tried again."""
    house.books.refuse = XeroRefusedError(HoldReason.REJECTED, "No.")
    ref = house.billing.put(invoice())
    await _held(house, ref)
    house.books.refuse = REFUSED
    await house.workflows.signal(ref, "release", Release())
    await until(lambda: _keeps_words(house, ref))
    return house.handle(ref)


async def refused_change(house: House) -> WorkflowHandle[object, object]:
    ref = await _pushed(house)
    house.books.refuse = REFUSED
    house.billing.set(ref, status=DocumentStatus.SENT)
    return await _held(house, ref, "sent")


async def refused_mark(house: House) -> WorkflowHandle[object, object]:
    ref = await _pushed(house)
    house.billing.refuse_marks = HoldError(HoldReason.REJECTED, WORDS)
    house.books.set("INV-1", sent=True)
    await house.workflows.signal(ref, "changed_in_xero", XeroView.of(house.books.documents["INV-1"], applied=None))
    await house.until(ref, SyncState.HELD)
    return house.handle(ref)


async def refused_read(house: House) -> WorkflowHandle[object, object]:
    house.billing.failures = [SequenceRefusedError("read invoice doc-1", 400, WORDS)]
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await until(lambda: _tells_of(house, ref))
    return house.handle(ref)


async def refused_push_that_a_document_waits_for(house: House) -> WorkflowHandle[object, object]:
    await house.store.set_defaults("acme", push_new_customers=True)
    house.customers.put(_customer("new"))
    house.contacts.refuse = REFUSED
    ref = house.billing.put(invoice(customer_id="new"))
    await house.workflows.signal(ref, "finalized")
    await until(lambda: _keeps_words(house, ref))
    return house.handle(ref)


async def refused_contact(house: House) -> WorkflowHandle[object, object]:
    house.customers.put(_customer("k1"))
    house.contacts.refuse = REFUSED
    await house.customer_workflows.push("acme", "k1")
    handle = house.customer_workflows.pushing("acme", "k1")
    assert (await handle.result()).outcome is PushOutcome.HELD
    held = await house.imports.push_hold("acme", "k1")
    assert held
    assert WORDS in held.words
    return handle


async def refused_import(house: House) -> WorkflowHandle[object, object]:
    house.contacts.put(contact("c1", PEOPLE[0], email=PEOPLE[1]))
    house.customers.refuse = {alias_of("c1"): WORDS}
    handle = await _importing(house.customer_workflows)
    await handle.result()
    (row,) = await house.imports.rows("acme")
    assert WORDS in row.reasons[0]
    return handle


async def refused_list(house: House) -> WorkflowHandle[object, object]:
    house.contacts.refuse = REFUSED
    handle = await _importing(house.customer_workflows)

    async def has_failed() -> bool:
        return any(each.attempt > 1 for each in (await handle.describe()).raw_description.pending_activities)

    await until(has_failed)
    return handle


@pytest.mark.parametrize(
    "timeline",
    [
        refused_create,
        refused_again,
        refused_change,
        refused_mark,
        refused_read,
        refused_push_that_a_document_waits_for,
        refused_contact,
        refused_import,
        refused_list,
    ],
)
async def test_what_a_company_says_when_it_refuses_is_in_no_history_and_no_log(house: House, timeline: Timeline):
    with capture_logs() as logs:
        handle = await timeline(house)
    assert named_in(await kept_of(handle)) == []
    assert named_in(logs) == []


async def test_the_words_stay_in_the_store_and_the_history_says_where_they_are(house: House):
    handle = await refused_create(house)
    link = await house.link(invoice().ref)
    assert link.hold
    assert link.hold.words == WORDS
    assert WORDS in str((await house.store.timeline(link.ref)).entries)
    status = await house.status(link.ref)
    assert "The document was refused. (`starter.py status INV-1` says why)" in status.sentence
    assert "`starter.py status INV-1` says why" in await kept_of(handle)


async def test_a_customer_whose_name_is_part_of_other_words_mangles_none(house: House):
    house.customers.put(_customer("k1", "Al"))
    house.contacts.refuse = XeroRefusedError(HoldReason.REJECTED, "Also, all values of Al are invalid.")
    await house.customer_workflows.push("acme", "k1")
    await house.customer_workflows.pushing("acme", "k1").result()
    held = await house.imports.push_hold("acme", "k1")
    assert held
    assert 'Xero says "Also, all values of Al are invalid.".' in held.words


async def _pushed(house: House) -> DocumentRef:
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    return ref


async def _held(house: House, ref: DocumentRef, signal: str = "finalized") -> WorkflowHandle[object, object]:
    await house.workflows.signal(ref, signal)
    await house.until(ref, SyncState.HELD)
    return house.handle(ref)


async def _keeps_words(house: House, ref: DocumentRef) -> bool:
    hold = (await house.link(ref)).hold
    return bool(hold and WORDS in hold.words)


async def _tells_of(house: House, ref: DocumentRef) -> bool:
    return WORDS in str((await house.store.timeline(ref)).entries)


async def _importing(workflows: CustomerWorkflows) -> WorkflowHandle[object, object]:
    assert await workflows.start_import(ImportInput(account_id=CONNECTION.account_id))
    return workflows.importing(CONNECTION.account_id)


def _customer(customer_id: str, name: str = PEOPLE[0]) -> Customer:
    address = Address(line1=PEOPLE[2], town="Leeds", postcode="LS1", country="GB")
    return Customer(id=customer_id, legal_name=name, address=address, tax_status=TaxStatus.TAXED)
