"""What to write on a document in Xero once it is sent or amended in Sequence: dates, reference, sent. Pure."""

from datetime import date

from xerosync.core.base import Message
from xerosync.core.documents import Document, DocumentStatus, Header, Kind
from xerosync.core.xero_records import PLACEHOLDER, XeroDocument
from xerosync.documents.views import XeroView


class HeaderChange(Message):
    """What to write on a document that is in Xero. None: leave as it is."""

    kind: Kind
    xero_id: str
    sent: bool | None = True
    issue_date: date | None = None
    due_date: date | None = None
    reference: str | None = None

    def is_needless(self, xero: XeroView) -> bool:
        """Whether Xero shows all that people go by: it was marked as sent there, with dates that stand."""
        return xero.sent and xero.applied is None and self.issue_date is None and self.due_date is None

    def is_for_doubt(self, document: Document, xero: XeroView) -> bool:
        """Whether it only says again what was brought once, since a write without an answer may have followed."""
        return xero.sent and xero.applied == document.header and self.issue_date is None and self.due_date is None

    def is_shown_by(self, answer: XeroDocument) -> bool:
        """Whether Xero's answer shows what was written."""
        return (
            self.sent in (None, answer.sent)
            and self.issue_date in (None, answer.issue_date)
            and (self.kind is Kind.CREDIT_NOTE or self.due_date in (None, answer.due_date))
        )


def has_dates_of(answer: XeroDocument, document: Document) -> bool:
    """Whether a document in Xero carries the dates that Sequence gave it. One without due date is due when issued."""
    due = document.due_date or document.issue_date
    same_due = document.kind is Kind.CREDIT_NOTE or answer.due_date == due
    return answer.issue_date == document.issue_date and same_due


def view_of_ours(answer: XeroDocument, document: Document, created_with: Header | None = None) -> XeroView:
    """Return the view of a document in Xero that was just created or taken over as ours.

    Where it is sent on both sides its header counts as brought over: dates that it has there are a person's own. Of a
    create whose answer was lost that is the header `created_with`, which Sequence may have changed since.
    """
    header = created_with or document.header
    is_sent = document.status is DocumentStatus.SENT and (answer.sent or has_dates_of(answer, document))
    view = XeroView.of(answer, applied=header if is_sent else None)
    # From here on, what changes in Sequence counts; the reference that it has there now is taken as brought.
    return view.model_copy(update={"reference_digest": header.reference_digest})


def header_change(document: Document, xero: XeroView) -> HeaderChange:
    """Return what brings Sequence's header to a document in Xero: only what is to be changed there.

    Of one that is not sent yet that is the reference alone. A date that a person set in Xero while marking the document
    sent there is left alone; placeholder dates and what changed in Sequence since it was last applied are written.

    What an earlier write of ours may have brought, whose answer was lost, is no person's: it is written over.
    """
    header, applied = document.header, xero.applied
    marked_in_xero = xero.sent and applied is None
    ours_perhaps = {when for each in xero.unconfirmed for when in (each.issue_date, each.due)}

    def wanted(ours: date | None, theirs: date | None, last: date | None) -> date | None:
        if ours == theirs:
            return None
        if theirs == PLACEHOLDER or theirs in ours_perhaps or not (marked_in_xero or (applied and ours == last)):
            return ours
        return None

    due = header.due_date if document.kind is Kind.INVOICE else None
    brought = xero.reference_digest or (applied.reference_digest if applied else None)
    reference_changed = any(
        each != header.reference_digest for each in (brought, *(each.reference_digest for each in xero.unconfirmed))
    )
    if document.status is not DocumentStatus.SENT:
        reference = document.xero_reference if reference_changed else None
        return HeaderChange(kind=document.kind, xero_id=xero.xero_id, sent=None, reference=reference)
    return HeaderChange(
        kind=document.kind,
        xero_id=xero.xero_id,
        issue_date=wanted(header.issue_date, xero.issue_date, applied.issue_date if applied else None),
        due_date=wanted(due or header.issue_date, xero.due_date, applied.due_date if applied else None)
        if document.kind is Kind.INVOICE or xero.due_date == PLACEHOLDER
        else None,
        reference=document.xero_reference if reference_changed else None,
    )
