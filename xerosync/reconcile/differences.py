"""What differs between the two sides of a document, one difference at a time, and why. Pure.

The store shows the cause. If it knows the document as Sequence has it now, the workflow is still at work. If Xero does
not show any more what was written to it, a person changed it there.
"""

from collections.abc import Iterator
from datetime import date

from xerosync.core.documents import DocumentStatus, Kind
from xerosync.core.xero_records import PLACEHOLDER
from xerosync.documents.lifecycle import may_be_pushed
from xerosync.documents.payment_status import status_to_set
from xerosync.documents.views import SequenceView
from xerosync.reconcile.causes import MANUAL, FindingCause
from xerosync.reconcile.findings import Aspect, Difference, Severity
from xerosync.reconcile.pairs import BothSides, XeroSummary


def difference(aspect: Aspect, cause: FindingCause, in_sequence: str | None, in_xero: str | None) -> Difference:
    """Return a difference with the verdict that its cause calls for."""
    if cause is FindingCause.OTHER_ORGANISATION:
        verdict = Severity.LEFT_BEHIND
    else:
        verdict = Severity.MANUAL_EDIT if cause in MANUAL else Severity.DIFFERENCE
    return Difference(aspect=aspect, verdict=verdict, cause=cause, in_sequence=in_sequence, in_xero=in_xero)


def differences_between(sides: BothSides, found: XeroSummary | None) -> Iterator[Difference]:
    """Yield what differs between a document and the one in Xero that is the same; `found` is None where none is."""
    document = sides.document
    if document.status is DocumentStatus.VOIDED:
        # A document that is only equal may be the one that replaced it.
        is_bound = found and (sides.link.xero or found.origin or document.kind is Kind.CREDIT_NOTE)
        if found and is_bound and not found.status.is_gone:
            yield difference(Aspect.STATUS, sides.why_not_in_xero(), document.status, found.status)
        return
    if found is None:
        yield from _missing(sides)
        return
    yield from _links(sides, found)
    if found.status.is_gone:
        yield difference(Aspect.STATUS, FindingCause.REMOVED, document.status, found.status)
        return
    if not found.is_in_force:
        yield difference(Aspect.STATUS, FindingCause.NOT_SEEN, document.status, found.status)
    yield from _contents(sides, found)
    yield from _paid(sides, found)
    if document.status is DocumentStatus.SENT:
        yield from _sent(sides, found)
    else:
        yield from _unsent(sides, found)


def _missing(sides: BothSides) -> Iterator[Difference]:
    document, link = sides.document, sides.link
    if link.xero is None and not may_be_pushed(SequenceView.of(document)):
        return
    taken = next((each for each in sides.candidates if each.is_in_force), None)
    if link.is_elsewhere(sides.tenant_id):
        cause = FindingCause.OTHER_ORGANISATION
    elif link.xero:
        cause = FindingCause.WRONG_LINK if taken else FindingCause.VANISHED
    elif taken:
        cause = FindingCause.NUMBER_TAKEN
    else:
        cause = sides.why_not_in_xero()
    in_xero = f"{taken.number}: {taken.total} {taken.currency}" if taken else None
    yield difference(Aspect.MISSING_IN_XERO, cause, f"{document.gross_total} {document.currency}", in_xero)


def _links(sides: BothSides, found: XeroSummary) -> Iterator[Difference]:
    """Yield what is wrong with the link: lost, to another document, or more than one document in Xero."""
    link, document = sides.link, sides.document
    if link.xero is None:
        if link.intent:
            cause = FindingCause.ANSWER_LOST
        elif document.kind is Kind.INVOICE and found.origin is None:
            cause = FindingCause.ADOPTABLE
        else:
            cause = FindingCause.LINK_LOST
        yield difference(Aspect.LINK, cause, document.id, found.xero_id)
    elif link.xero.xero_id != found.xero_id:
        yield difference(Aspect.LINK, FindingCause.WRONG_LINK, link.xero.xero_id, found.xero_id)
    others = [each.xero_id for each in sides.candidates if each.is_in_force and each.xero_id != found.xero_id]
    if others and found.is_in_force:
        yield difference(Aspect.DUPLICATE, FindingCause.DUPLICATE, document.id, ", ".join([found.xero_id, *others]))


def _contents(sides: BothSides, found: XeroSummary) -> Iterator[Difference]:
    """Yield what differs in number, contact, currency and amounts."""
    document, link = sides.document, sides.link
    if found.number != document.number:
        cause = FindingCause.EDITED_IN_XERO if link.number in (None, document.number) else FindingCause.UNKNOWN
        yield difference(Aspect.NUMBER, cause, document.number, found.number)
    if sides.contact_id not in (None, found.contact_id):
        yield difference(Aspect.CONTACT, FindingCause.OTHER_CONTACT, sides.contact_id, found.contact_id)
    if found.currency != document.currency:
        is_edited = link.xero and link.currency == document.currency
        cause = FindingCause.EDITED_IN_XERO if is_edited else FindingCause.UNKNOWN
        yield difference(Aspect.CURRENCY, cause, document.currency, found.currency)
    if found.total != document.gross_total:
        cause = _why_total(sides, found)
        yield difference(Aspect.TOTAL, cause, f"{document.gross_total}", f"{found.total}")
    if found.total_tax != document.total_tax:
        is_of_total = found.total != document.gross_total or link.adopted_by_hand
        cause = _why_total(sides, found) if is_of_total else FindingCause.UNKNOWN
        yield difference(Aspect.TAX, cause, f"{document.total_tax}", f"{found.total_tax}")


def _why_total(sides: BothSides, found: XeroSummary) -> FindingCause:
    document, link = sides.document, sides.link
    if link.gross_total not in (None, document.gross_total):
        return FindingCause.AMENDED
    if link.adopted_by_hand and link.xero_total == found.total:
        return FindingCause.ADOPTED
    if link.xero_total is None:
        return FindingCause.UNKNOWN
    if link.xero_total != found.total:
        return FindingCause.EDITED_IN_XERO
    return FindingCause.TAX_RATE if found.total - found.total_tax == document.net_total else FindingCause.UNKNOWN


def _unsent(sides: BothSides, found: XeroSummary) -> Iterator[Difference]:
    """Yield what differs of a document that Sequence has not sent: in Xero it must be unsent and dated 3000."""
    if found.sent:
        known = sides.link.xero
        cause = FindingCause.UNDER_WAY if known and known.sent else FindingCause.NOT_SEEN
        yield difference(Aspect.SENT, cause, "no", "yes")
        return
    for aspect, in_xero in _dates(found):
        if in_xero != PLACEHOLDER:
            yield difference(aspect, FindingCause.EDITED_IN_XERO, f"{PLACEHOLDER}", _text(in_xero))


def _sent(sides: BothSides, found: XeroSummary) -> Iterator[Difference]:
    """Yield what differs of a sent document: its real dates, sent, and the reference as it was last written."""
    document, header = sides.document, sides.document.header
    known = sides.link.xero
    applied = known.applied if known else None
    real = {Aspect.ISSUE_DATE: document.issue_date, Aspect.DUE_DATE: document.due_date or document.issue_date}
    if PLACEHOLDER in (found.issue_date, found.due_date):
        had_real_dates = applied is not None and known is not None and not known.has_placeholder
        cause = FindingCause.DATED_AGAIN if had_real_dates else sides.why_not_in_xero()
        yield difference(Aspect.PLACEHOLDER, cause, _text(document.issue_date), f"{PLACEHOLDER}")
    if not found.sent:
        is_undone = known is not None and known.sent and applied == header
        cause = FindingCause.EDITED_IN_XERO if is_undone else sides.why_not_in_xero()
        yield difference(Aspect.SENT, cause, "yes", "no")
    written = {
        Aspect.ISSUE_DATE: applied.issue_date if applied else None,
        Aspect.DUE_DATE: (applied.due_date or applied.issue_date) if applied else None,
    }
    for aspect, in_xero in _dates(found):
        if in_xero not in (real[aspect], PLACEHOLDER):
            is_edited = applied is not None and written[aspect] == real[aspect]
            cause = FindingCause.EDITED_IN_XERO if is_edited else sides.why_not_in_xero()
            yield difference(aspect, cause, _text(real[aspect]), _text(in_xero))
    if applied and applied.reference_digest != header.reference_digest:
        yield difference(Aspect.REFERENCE, sides.why_not_in_xero(), "changed", "as before")


def _paid(sides: BothSides, found: XeroSummary) -> Iterator[Difference]:
    """Yield how far an invoice is paid in Xero, where that must be reported and Sequence shows something else."""
    document, known = sides.document, sides.link.xero
    if known and sides.link.reports_payments and status_to_set(document, found.payment):
        cause = FindingCause.SET_IN_SEQUENCE if known.was_reported(found.payment) else FindingCause.NOT_REPORTED
        yield difference(Aspect.PAYMENT, cause, document.payment_status, found.payment)


def _dates(shown: XeroSummary) -> Iterator[tuple[Aspect, date | None]]:
    """Yield the dates that a document has in Xero: a credit note only its issue date."""
    yield Aspect.ISSUE_DATE, shown.issue_date
    if shown.kind is Kind.INVOICE:
        yield Aspect.DUE_DATE, shown.due_date


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
