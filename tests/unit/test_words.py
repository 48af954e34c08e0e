"""How a document stands, in the words of the Web UI and of `status`."""

from datetime import date

from tests.store.samples import NOON, document, hold, ref, xero_view
from xerosync.model.documents import Kind
from xerosync.model.holds import HoldReason
from xerosync.model.links import DocumentLink, Ignored
from xerosync.model.words import details, sentence

READ = DocumentLink(ref=ref()).read(document())
PUSHED = READ.pushed(xero_view(), document().gross_total, "tenant-1", "!acme1")
PAGE = "https://go.xero.com/organisationlogin/default.aspx?shortcode=%21acme1&redirecturl=/AccountsReceivable/"


def test_the_details_lead_to_the_document_in_xero():
    assert f"[Open it in Xero]({PAGE}View.aspx?InvoiceID=x-1)" in details(ref(), PUSHED.known)
    assert f"{PAGE}ViewCreditNote.aspx?creditNoteID=x-1" in details(ref(kind=Kind.CREDIT_NOTE), PUSHED.known)


def test_without_a_document_in_xero_they_lead_nowhere():
    assert "Open it" not in details(ref(), READ.known)


def test_what_was_taken_over_with_dates_of_its_own_is_not_said_to_be_dated_3000():
    dated = xero_view().model_copy(update={"issue_date": date(2026, 1, 2), "due_date": date(2026, 2, 1)})
    adopted = READ.adopted(dated, document().gross_total, "tenant-1", "!acme1")
    assert sentence(ref(), adopted.known) == (
        "INV-1 is in Xero, dated 2026-01-02 there, and waits to be sent on either side."
    )


def test_what_is_ignored_is_said_to_be_so_whatever_else_holds_of_it():
    ignored = PUSHED.held(hold(HoldReason.REJECTED)).let_be(Ignored(because="so", who="ada", since=NOON))
    assert sentence(ref(), ignored.known).startswith("INV-1 is ignored:")
    assert ignored.current_hold is None
