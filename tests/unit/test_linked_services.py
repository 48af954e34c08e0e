"""A document that Sequence's own integration brought to Xero is taken over where it stands, after a look there."""

from decimal import Decimal

import pytest

from tests.doubles.memory import MemoryStore
from tests.unit.test_steps import Street, StubbornBooks, pushed
from tests.workflows.world import CONNECTION, MemoryBilling, invoice
from xerosync.core.documents import DocumentRef, Kind, LinkedService
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import XeroStatus
from xerosync.documents.link import DocumentLink


@pytest.fixture
async def street() -> Street:
    store = MemoryStore()
    await store.save_connection(CONNECTION)
    await store.link_customer("acme", "customer", "contact")
    return Street(MemoryBilling(), StubbornBooks(), store)


async def brought_before(street: Street, kind: Kind, **shown: object) -> tuple[DocumentRef, str]:
    """Return a document of which Sequence names the one in Xero, which `shown` makes another, and Xero's id."""
    before = await pushed(street, kind=kind)
    link = await street.store.document(before)
    assert link.xero
    changed = {"url": "https://app.sequence.example/1", **shown}
    street.books.documents["INV-1"] = street.books.documents["INV-1"].model_copy(update=changed)
    street.books.writes.clear()
    await street.store.change(before, lambda link: DocumentLink(ref=link.ref))
    linked = LinkedService(external_id=link.xero.xero_id, external_service="Xero")
    ref = street.billing.put(invoice(kind=kind, id="doc-2", linked_services=(linked,)))
    return ref, link.xero.xero_id


@pytest.mark.parametrize("kind", Kind)
async def test_what_sequence_links_is_taken_over_though_it_leads_elsewhere_and_a_total_differs(
    street: Street, kind: Kind
):
    ref, xero_id = await brought_before(street, kind, total=Decimal("1.00"))
    outcome = await street.step("push_document", ref)
    assert outcome.xero
    assert (outcome.xero.xero_id, outcome.total_differs) == (xero_id, True)
    assert street.books.writes == []


@pytest.mark.parametrize("shown", [{"number": "OTHER-1"}, {"currency": "EUR"}, {"contact_id": "somebody"}])
async def test_a_link_that_xero_does_not_bear_out_holds_the_document(street: Street, shown: dict[str, str]):
    ref, _ = await brought_before(street, Kind.INVOICE, **shown)
    hold = await street.hold("push_document", ref)
    assert hold.reason is HoldReason.NUMBER_TAKEN
    words = (await street.store.document(ref)).hold
    assert words
    assert words.words.startswith("Sequence links it to another one.")
    assert street.books.writes == []


async def test_a_link_to_what_is_not_in_these_books_or_not_in_force_is_passed_over(street: Street):
    ref, _ = await brought_before(street, Kind.INVOICE, status=XeroStatus.VOIDED)
    del street.books.documents["INV-1"]
    await street.step("push_document", ref)
    assert street.books.writes == ["create INV-1"]
