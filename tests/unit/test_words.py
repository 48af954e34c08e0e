"""How a document stands, in the words of the Web UI and of `status`."""

from datetime import date, timedelta

import pytest

from tests.store.samples import NOON, document, hold, intent, ref, xero_view
from xerosync.core.documents import Document, DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import XeroStatus
from xerosync.documents.describe import details, sentence, standing
from xerosync.documents.link import DocumentLink, Ignored

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


SENT, VOIDED = document(status=DocumentStatus.SENT), document(status=DocumentStatus.VOIDED)
REAL = {"issue_date": SENT.issue_date, "due_date": SENT.due_date}


@pytest.mark.parametrize(
    ("read", "in_xero", "state", "words"),
    [
        (SENT, {}, "pushed", "is sent in Sequence, and is being brought to Xero: its real dates, and that it is sent."),
        (SENT, {"sent": True}, "pushed", "is sent in Sequence, and is being brought to Xero"),
        (document(), {"sent": True}, "pushed", "is sent in Xero, and is being marked as sent in Sequence."),
        (document(), {"sent": True, **REAL}, "sent", "is sent in Xero, and is being marked as sent in Sequence."),
        (SENT, {"sent": True, **REAL}, "sent", "is sent in both systems, and what changed in Sequence since is being"),
        (SENT, {"sent": True, **REAL, "applied": SENT.header}, "settled", "is sent in both systems, dated 2026-03-01"),
        (VOIDED, {}, "pushed", "is voided in Sequence, and is being voided in Xero."),
        (VOIDED, {"sent": True, **REAL}, "sent", "is voided in Sequence, and is being voided in Xero."),
        (VOIDED, {"status": XeroStatus.VOIDED}, "voided", "is voided in both systems."),
    ],
)
def test_a_state_says_what_xero_shows_and_the_sentence_what_is_on_its_way(
    read: Document, in_xero: dict[str, object], state: str, words: str
):
    link = PUSHED.read(read).seen(xero_view(seen_at=NOON + timedelta(days=1)).model_copy(update=in_xero))
    assert link.state == state
    assert words in sentence(ref(), link.known)


def test_a_document_is_not_voided_while_a_create_of_it_may_have_reached_xero():
    in_doubt = READ.intended(intent()).read(VOIDED)
    assert in_doubt.state == "pending"
    assert "whether it reached Xero before is being looked up" in sentence(ref(), in_doubt.known)
    assert in_doubt.withdrawn(intent()).state == "voided"


def test_where_a_document_is_stuck_is_told_with_its_state_hold_and_words():
    stuck = PUSHED.held(hold(HoldReason.REJECTED, "Xero: no."))
    assert standing(stuck).startswith("invoice inv-1 is held, held as rejected: INV-1 is on hold since 2026-03-01")
    assert "Xero: no." in standing(stuck)
