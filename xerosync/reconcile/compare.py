"""A document as both systems show it, and what the store knows of it: what differs, and why. Pure.

A cause is told from what the store knows. It heard of the document as Sequence has it now: then its workflow is at it.
It brought a value to Xero that Xero does not show any more: then a person changed it there.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from xerosync.core.documents import Document, DocumentStatus, Kind
from xerosync.core.xero_records import PLACEHOLDER, Payment, XeroDocument, XeroStatus
from xerosync.documents.lifecycle import may_be_pushed
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SequenceView, XeroView
from xerosync.documents.payment_status import status_to_set
from xerosync.reconcile.findings import HINTS, Aspect, Difference, Finding, FindingCause, FoundInXero, Repair, Severity

_IN_FORCE = (XeroStatus.AUTHORISED, XeroStatus.PAID)

_OWN = frozenset(
    {
        FindingCause.BY_HAND,
        FindingCause.ADOPTED,
        FindingCause.OTHER_CONTACT,
        FindingCause.OTHER_BOOKS,
        FindingCause.TYPED_IN,
        FindingCause.SET_IN_SEQUENCE,
    }
)
"""What a person did or decided."""

_SEEN_LATE = frozenset(
    {FindingCause.NOT_SEEN, FindingCause.REMOVED, FindingCause.DATED_AGAIN, FindingCause.NOT_REPORTED}
)
"""Mended by telling the workflow how Xero shows the document."""

_TO_BE_READ = frozenset(
    {
        FindingCause.NEVER_HEARD,
        FindingCause.NOT_HEARD,
        FindingCause.UNDER_WAY,
        FindingCause.ANSWER_LOST,
        FindingCause.LINK_LOST,
        FindingCause.TWIN,
        FindingCause.NUMBER_TAKEN,
    }
)
"""Mended by telling the workflow to read Sequence again: it does only what is called for."""

_NOT_FOR_THE_HOLD = frozenset({Aspect.DOUBLED, Aspect.CURRENCY, Aspect.TOTAL, Aspect.TAX, Aspect.PAYMENT})
"""Money that differs is told beside a hold: no hold makes it so."""


@dataclass(frozen=True, slots=True)
class XeroSummary:
    """A document as Xero shows it, as small as it may be: a whole organisation's are held at once.

    `origin` is the document of Sequence that its address leads to; `account_id` and `document_id` are those of the
    link that claims it.
    """

    xero_id: str
    kind: Kind
    number: str
    status: XeroStatus
    sent: bool
    issue_date: date | None
    due_date: date | None
    contact_id: str | None
    currency: str
    total: Decimal
    total_tax: Decimal
    updated_at: datetime
    seen_at: datetime
    payment: Payment = Payment.NOTHING
    origin: str | None = None
    account_id: str | None = None
    document_id: str | None = None

    @classmethod
    def of(cls, found: XeroDocument, origin: str | None, claim: tuple[str, str] | None = None) -> "XeroSummary":
        """Return what is kept of a document that Xero listed, and who claims it: account and document."""
        return cls(
            xero_id=found.xero_id,
            kind=found.kind,
            number=found.number,
            status=found.status,
            sent=found.sent,
            issue_date=found.issue_date,
            due_date=found.due_date,
            # Thousands share these.
            contact_id=sys.intern(found.contact_id) if found.contact_id else None,
            currency=sys.intern(found.currency),
            total=found.total,
            total_tax=found.total_tax,
            updated_at=found.updated_at,
            seen_at=found.seen_at,
            payment=found.payment,
            origin=claim[1] if claim and claim[1] == origin else origin,
            account_id=sys.intern(claim[0]) if claim else None,
            document_id=claim[1] if claim else None,
        )

    @property
    def is_in_force(self) -> bool:
        """Whether it counts in the books."""
        return self.status in _IN_FORCE

    @property
    def view(self) -> XeroView:
        """What its workflow is told."""
        return XeroView(
            xero_id=self.xero_id,
            status=self.status,
            sent=self.sent,
            issue_date=self.issue_date,
            due_date=self.due_date,
            seen_at=self.seen_at,
            payment=self.payment,
        )


@dataclass(frozen=True, slots=True)
class BothSides:
    """What is compared: a document, all that Xero may show of it, its link, and where it belongs."""

    document: Document
    shown: Sequence[XeroSummary]
    link: DocumentLink
    contact_id: str | None
    """The contact that its customer is linked to; None where there is none, and then it is not compared."""
    tenant_id: str


def compare(sides: BothSides) -> Finding | None:
    """Return what differs about a document; None where both sides are in step, or it is a draft."""
    document, link = sides.document, sides.link
    if document.status not in HINTS:
        return None
    ours = _ours(sides)
    differences = list(_differences(sides, ours))
    hold = link.current_hold
    if link.ignored:
        differences = [_ignored(each) for each in differences]
    elif hold:
        differences = [_under_hold(each) for each in differences]
        if all(each.verdict is not Severity.HOLD for each in differences):
            differences.append(Difference(matter=Aspect.HELD, verdict=Severity.HOLD, cause=FindingCause.HELD))
    if not differences:
        return None
    since = hold.since if hold else ours.updated_at if ours else link.updated_at
    return Finding(
        account_id=document.account_id,
        kind=document.kind,
        document_id=document.id,
        number=document.number,
        customer_id=document.customer_id,
        status=document.status,
        seen=tuple(FoundInXero(xero_id=each.xero_id, number=each.number) for each in sides.shown),
        differences=tuple(differences),
        hold=hold.reason if hold else None,
        since=since,
        mend=_mend(document, ours, differences),
    )


def stray(shown: XeroSummary, account_id: str) -> Finding | None:
    """Return what is to be said of a document in Xero that none of Sequence's was found for; None: nothing.

    What is not in force, or another account's, is nobody's concern.
    """
    if not shown.is_in_force or shown.account_id not in (None, account_id):
        return None
    is_ours = shown.document_id is not None or shown.origin is not None
    cause = FindingCause.LEADS_NOWHERE if is_ours else FindingCause.TYPED_IN
    amount = f"{shown.total} {shown.currency}"
    return Finding(
        account_id=account_id,
        kind=shown.kind,
        document_id=shown.document_id or shown.origin,
        number=shown.number or None,
        seen=(FoundInXero(xero_id=shown.xero_id, number=shown.number),),
        differences=(_difference(Aspect.MISSING_IN_SEQUENCE, cause, None, amount),),
        since=shown.updated_at,
    )


def unreadable(account_id: str, kind: Kind, document_id: str) -> Finding:
    """Return the finding of a document that Sequence listed in a form nobody can read."""
    return Finding(
        account_id=account_id,
        kind=kind,
        document_id=document_id,
        differences=(_difference(Aspect.UNREADABLE, FindingCause.UNREADABLE, document_id, None),),
    )


def _ours(sides: BothSides) -> XeroSummary | None:
    """Return the one of those in Xero that is the document: its link's, the one that leads to it, or its like."""
    linked = sides.link.xero.xero_id if sides.link.xero else None

    def order(each: XeroSummary) -> tuple[bool, bool, bool]:
        return each.xero_id != linked, each.origin != sides.document.id, not each.is_in_force

    best = min(sides.shown, key=order, default=None)
    if best is None or best.xero_id == linked or best.origin == sides.document.id or _is_alike(best, sides):
        return best
    return next((each for each in sorted(sides.shown, key=order) if _is_alike(each, sides)), None)


def _is_alike(shown: XeroSummary, sides: BothSides) -> bool:
    """Whether a document that only has the number is the same: the contact, the currency and the net total agree."""
    document = sides.document
    return (
        shown.number == document.number
        and shown.is_in_force
        and shown.origin in (None, document.id)
        and sides.contact_id in (None, shown.contact_id)
        and shown.currency == document.currency
        and shown.total - shown.total_tax == document.net_total
    )


def _differences(sides: BothSides, ours: XeroSummary | None) -> Iterator[Difference]:
    document = sides.document
    if document.status is DocumentStatus.VOIDED:
        # One that only looks like it may have taken its place.
        is_bound = ours and (sides.link.xero or ours.origin or document.kind is Kind.CREDIT_NOTE)
        if ours and is_bound and not ours.status.is_gone:
            yield _difference(Aspect.STATUS, _pending(sides), document.status, ours.status)
        return
    if ours is None:
        yield from _missing(sides)
        return
    yield from _links(sides, ours)
    if ours.status.is_gone:
        yield _difference(Aspect.STATUS, FindingCause.REMOVED, document.status, ours.status)
        return
    if not ours.is_in_force:
        yield _difference(Aspect.STATUS, FindingCause.NOT_SEEN, document.status, ours.status)
    yield from _contents(sides, ours)
    yield from _paid(sides, ours)
    if document.status is DocumentStatus.SENT:
        yield from _sent(sides, ours)
    else:
        yield from _unsent(sides, ours)


def _missing(sides: BothSides) -> Iterator[Difference]:
    document, link = sides.document, sides.link
    if link.xero is None and not may_be_pushed(SequenceView.of(document)):
        return
    taken = next((each for each in sides.shown if each.is_in_force), None)
    if link.is_elsewhere(sides.tenant_id):
        cause = FindingCause.OTHER_BOOKS
    elif link.xero:
        cause = FindingCause.LINK_ASTRAY if taken else FindingCause.VANISHED
    elif taken:
        cause = FindingCause.NUMBER_TAKEN
    else:
        cause = _pending(sides)
    theirs = f"{taken.number}: {taken.total} {taken.currency}" if taken else None
    yield _difference(Aspect.MISSING_IN_XERO, cause, f"{document.gross_total} {document.currency}", theirs)


def _links(sides: BothSides, ours: XeroSummary) -> Iterator[Difference]:
    """Yield what is wrong with which of Xero's documents is ours."""
    link, document = sides.link, sides.document
    if link.xero is None:
        is_adopted = document.kind is Kind.INVOICE and ours.origin is None
        lost = FindingCause.ANSWER_LOST if link.intent else FindingCause.TWIN if is_adopted else FindingCause.LINK_LOST
        yield _difference(Aspect.LINK, lost, document.id, ours.xero_id)
    elif link.xero.xero_id != ours.xero_id:
        yield _difference(Aspect.LINK, FindingCause.LINK_ASTRAY, link.xero.xero_id, ours.xero_id)
    others = [each.xero_id for each in sides.shown if each.is_in_force and each.xero_id != ours.xero_id]
    if others and ours.is_in_force:
        yield _difference(Aspect.DOUBLED, FindingCause.TWICE, document.id, ", ".join([ours.xero_id, *others]))


def _contents(sides: BothSides, ours: XeroSummary) -> Iterator[Difference]:
    """Yield what differs of what does not depend on whether it was sent."""
    document, link = sides.document, sides.link
    if ours.number != document.number:
        cause = FindingCause.BY_HAND if link.number in (None, document.number) else FindingCause.UNKNOWN
        yield _difference(Aspect.NUMBER, cause, document.number, ours.number)
    if sides.contact_id not in (None, ours.contact_id):
        yield _difference(Aspect.CONTACT, FindingCause.OTHER_CONTACT, sides.contact_id, ours.contact_id)
    if ours.currency != document.currency:
        cause = FindingCause.BY_HAND if link.xero and link.currency == document.currency else FindingCause.UNKNOWN
        yield _difference(Aspect.CURRENCY, cause, document.currency, ours.currency)
    if ours.total != document.gross_total:
        cause = _cause_of_total(sides, ours)
        yield _difference(Aspect.TOTAL, cause, f"{document.gross_total}", f"{ours.total}")
    if ours.total_tax != document.total_tax:
        is_of_total = ours.total != document.gross_total or link.adopted_by_hand
        cause = _cause_of_total(sides, ours) if is_of_total else FindingCause.UNKNOWN
        yield _difference(Aspect.TAX, cause, f"{document.total_tax}", f"{ours.total_tax}")


def _cause_of_total(sides: BothSides, ours: XeroSummary) -> FindingCause:
    document, link = sides.document, sides.link
    if link.gross_total not in (None, document.gross_total):
        return FindingCause.AMENDED
    if link.adopted_by_hand and link.xero_total == ours.total:
        return FindingCause.ADOPTED
    if link.xero_total is None:
        return FindingCause.UNKNOWN
    if link.xero_total != ours.total:
        return FindingCause.BY_HAND
    return FindingCause.TAX_RATE if ours.total - ours.total_tax == document.net_total else FindingCause.UNKNOWN


def _unsent(sides: BothSides, ours: XeroSummary) -> Iterator[Difference]:
    """Yield what differs of a document that Sequence has not sent: not sent in Xero either, dated 3000."""
    if ours.sent:
        known = sides.link.xero
        cause = FindingCause.UNDER_WAY if known and known.sent else FindingCause.NOT_SEEN
        yield _difference(Aspect.SENT, cause, "no", "yes")
        return
    for matter, theirs in _dates(ours):
        if theirs != PLACEHOLDER:
            yield _difference(matter, FindingCause.BY_HAND, f"{PLACEHOLDER}", _text(theirs))


def _sent(sides: BothSides, ours: XeroSummary) -> Iterator[Difference]:
    """Yield what differs of a sent document: its own dates, sent, the reference as it was last brought over."""
    document, header = sides.document, sides.document.header
    known = sides.link.xero
    applied = known.applied if known else None
    real = {Aspect.ISSUE_DATE: document.issue_date, Aspect.DUE_DATE: document.due_date or document.issue_date}
    if PLACEHOLDER in (ours.issue_date, ours.due_date):
        had_real_dates = applied is not None and known is not None and not known.has_placeholder
        cause = FindingCause.DATED_AGAIN if had_real_dates else _pending(sides)
        yield _difference(Aspect.PLACEHOLDER, cause, _text(document.issue_date), f"{PLACEHOLDER}")
    if not ours.sent:
        is_undone = known is not None and known.sent and applied == header
        yield _difference(Aspect.SENT, FindingCause.BY_HAND if is_undone else _pending(sides), "yes", "no")
    brought = {
        Aspect.ISSUE_DATE: applied.issue_date if applied else None,
        Aspect.DUE_DATE: (applied.due_date or applied.issue_date) if applied else None,
    }
    for matter, theirs in _dates(ours):
        if theirs not in (real[matter], PLACEHOLDER):
            is_edited = applied is not None and brought[matter] == real[matter]
            yield _difference(
                matter, FindingCause.BY_HAND if is_edited else _pending(sides), _text(real[matter]), _text(theirs)
            )
    if applied and applied.reference_digest != header.reference_digest:
        yield _difference(Aspect.REFERENCE, _pending(sides), "changed", "as before")


def _paid(sides: BothSides, ours: XeroSummary) -> Iterator[Difference]:
    """Yield how far an invoice is paid where Sequence, which is to hear of it, shows something else."""
    document, known = sides.document, sides.link.xero
    if known and sides.link.reports_payments and status_to_set(document, ours.payment):
        is_reported = ours.payment is (known.reported or Payment.NOTHING)
        cause = FindingCause.SET_IN_SEQUENCE if is_reported else FindingCause.NOT_REPORTED
        yield _difference(Aspect.PAYMENT, cause, document.payment_status, ours.payment)


def _dates(shown: XeroSummary) -> Iterator[tuple[Aspect, date | None]]:
    """Yield the dates that a document has in Xero: a credit note only its issue date."""
    yield Aspect.ISSUE_DATE, shown.issue_date
    if shown.kind is Kind.INVOICE:
        yield Aspect.DUE_DATE, shown.due_date


def _pending(sides: BothSides) -> FindingCause:
    """Return why something that Sequence shows has not come to Xero."""
    link = sides.link
    if link.intent and link.xero is None:
        return FindingCause.ANSWER_LOST
    if link.sequence is None:
        return FindingCause.NEVER_HEARD
    return FindingCause.UNDER_WAY if link.sequence == SequenceView.of(sides.document) else FindingCause.NOT_HEARD


def _difference(matter: Aspect, cause: FindingCause, in_sequence: str | None, in_xero: str | None) -> Difference:
    verdict = Severity.OWN_EDIT if cause in _OWN else Severity.DIFFERENCE
    return Difference(matter=matter, verdict=verdict, cause=cause, in_sequence=in_sequence, in_xero=in_xero)


def _under_hold(difference: Difference) -> Difference:
    if difference.verdict is not Severity.DIFFERENCE or difference.matter in _NOT_FOR_THE_HOLD:
        return difference
    return difference.model_copy(update={"verdict": Severity.HOLD, "cause": FindingCause.HELD})


def _ignored(difference: Difference) -> Difference:
    if difference.verdict is not Severity.DIFFERENCE:
        return difference
    return difference.model_copy(update={"verdict": Severity.IGNORED, "cause": FindingCause.IGNORED})


def _mend(document: Document, ours: XeroSummary | None, differences: Sequence[Difference]) -> Repair | None:
    """Return what may be told to the document's workflow; None where that could not mend anything."""
    causes = {each.cause for each in differences if each.verdict is Severity.DIFFERENCE}
    view = ours.view if ours and causes & _SEEN_LATE else None
    hint = HINTS[document.status][0] if causes & _TO_BE_READ else None
    return Repair(hint=hint, view=view) if view or hint else None


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
