"""What Xero listed is taken off by the document it belongs to, and by no other."""

from tests.unit.reconcile_pictures import document, linked, never_signalled, shown, unclaimed
from xerosync.core.documents import DocumentStatus
from xerosync.reconcile.pairs import XeroSummary
from xerosync.reconcile.xero_index import XeroIndex

INVOICE = document()
OTHER = document(id="doc-2", number="INV-2")


def index(*listed: XeroSummary) -> XeroIndex:
    return XeroIndex(listed)


def ids(found: list[XeroSummary]) -> set[str]:
    return {each.xero_id for each in found}


def test_a_document_takes_what_its_link_its_address_and_its_number_lead_to():
    by_link = shown(INVOICE, number="renumbered")
    by_address = unclaimed(INVOICE, xero_id="x-2", number="X-2")
    by_number = unclaimed(INVOICE, xero_id="x-3", origin=None, number="inv-1")
    stranger = unclaimed(OTHER, xero_id="x-4", origin=None)
    found = index(by_link, by_address, by_number, stranger)
    assert ids(found.take(INVOICE, linked(INVOICE))) == {"x-1", "x-2", "x-3"}
    assert list(found.rest()) == [stranger]
    assert found.take(INVOICE, linked(INVOICE)) == []


def test_a_number_that_anothers_link_or_address_claims_is_not_taken():
    claimed = shown(OTHER, xero_id="x-2", number="INV-1")
    leads_to_another = unclaimed(OTHER, xero_id="x-3", number="INV-1")
    found = index(claimed, leads_to_another)
    assert found.take(INVOICE, never_signalled(INVOICE)) == []
    assert list(found.rest()) == [claimed, leads_to_another]


def test_a_document_without_number_takes_none():
    found = index(unclaimed(INVOICE, origin=None, number=""))
    assert found.take(document(DocumentStatus.DRAFT, number=None), never_signalled(INVOICE)) == []


def test_what_belongs_to_a_document_that_cannot_be_read_is_put_aside():
    rest = unclaimed(OTHER, xero_id="x-9")
    found = index(shown(INVOICE), unclaimed(INVOICE, xero_id="x-2"), rest)
    found.take_all_of(INVOICE.id)
    assert list(found.rest()) == [rest]
