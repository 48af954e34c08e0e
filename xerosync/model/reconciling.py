"""A document as both systems show it, and what the store knows of it: what differs, and why. Pure.

A cause is told from what the store knows. It heard of the document as Sequence has it now: then its workflow is at it.
It brought a value to Xero that Xero does not show any more: then a person changed it there.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from xerosync.model.books import PLACEHOLDER, Payment, XeroDocument, XeroStatus
from xerosync.model.documents import Document, DocumentStatus, Kind
from xerosync.model.findings import HINTS, Cause, Difference, Finding, Matter, Mend, Seen, Verdict
from xerosync.model.lifecycle import may_be_pushed
from xerosync.model.links import DocumentLink
from xerosync.model.messages import SequenceView, XeroView
from xerosync.model.payments import status_to_set

_IN_FORCE = (XeroStatus.AUTHORISED, XeroStatus.PAID)

_OWN = frozenset(
    {Cause.BY_HAND, Cause.ADOPTED, Cause.OTHER_CONTACT, Cause.OTHER_BOOKS, Cause.TYPED_IN, Cause.SET_IN_SEQUENCE}
)
"""What a person did or decided."""

_SEEN_LATE = frozenset({Cause.NOT_SEEN, Cause.REMOVED, Cause.DATED_AGAIN, Cause.NOT_REPORTED})
"""Mended by telling the workflow how Xero shows the document."""

_TO_BE_READ = frozenset(
    {
        Cause.NEVER_HEARD,
        Cause.NOT_HEARD,
        Cause.UNDER_WAY,
        Cause.ANSWER_LOST,
        Cause.LINK_LOST,
        Cause.TWIN,
        Cause.NUMBER_TAKEN,
    }
)
"""Mended by telling the workflow to read Sequence again: it does only what is called for."""

_NOT_FOR_THE_HOLD = frozenset({Matter.DOUBLED, Matter.CURRENCY, Matter.TOTAL, Matter.TAX, Matter.PAYMENT})
"""Money that differs is told beside a hold: no hold makes it so."""


@dataclass(frozen=True, slots=True)
class Shown:
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
    def of(cls, found: XeroDocument, origin: str | None, claim: tuple[str, str] | None = None) -> "Shown":
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
class Sides:
    """What is compared: a document, all that Xero may show of it, its link, and where it belongs."""

    document: Document
    shown: Sequence[Shown]
    link: DocumentLink
    contact_id: str | None
    """The contact that its customer is linked to; None where there is none, and then it is not compared."""
    tenant_id: str


def compare(sides: Sides) -> Finding | None:
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
        if all(each.verdict is not Verdict.HOLD for each in differences):
            differences.append(Difference(matter=Matter.HELD, verdict=Verdict.HOLD, cause=Cause.HELD))
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
        seen=tuple(Seen(xero_id=each.xero_id, number=each.number) for each in sides.shown),
        differences=tuple(differences),
        hold=hold.reason if hold else None,
        since=since,
        mend=_mend(document, ours, differences),
    )


def stray(shown: Shown, account_id: str) -> Finding | None:
    """Return what is to be said of a document in Xero that none of Sequence's was found for; None: nothing.

    What is not in force, or another account's, is nobody's concern.
    """
    if not shown.is_in_force or shown.account_id not in (None, account_id):
        return None
    is_ours = shown.document_id is not None or shown.origin is not None
    cause = Cause.LEADS_NOWHERE if is_ours else Cause.TYPED_IN
    amount = f"{shown.total} {shown.currency}"
    return Finding(
        account_id=account_id,
        kind=shown.kind,
        document_id=shown.document_id or shown.origin,
        number=shown.number or None,
        seen=(Seen(xero_id=shown.xero_id, number=shown.number),),
        differences=(_difference(Matter.MISSING_IN_SEQUENCE, cause, None, amount),),
        since=shown.updated_at,
    )


def unreadable(account_id: str, kind: Kind, document_id: str) -> Finding:
    """Return the finding of a document that Sequence listed in a form nobody can read."""
    return Finding(
        account_id=account_id,
        kind=kind,
        document_id=document_id,
        differences=(_difference(Matter.UNREADABLE, Cause.UNREADABLE, document_id, None),),
    )


def _ours(sides: Sides) -> Shown | None:
    """Return the one of those in Xero that is the document: its link's, the one that leads to it, or its like."""
    linked = sides.link.xero.xero_id if sides.link.xero else None

    def order(each: Shown) -> tuple[bool, bool, bool]:
        return each.xero_id != linked, each.origin != sides.document.id, not each.is_in_force

    best = min(sides.shown, key=order, default=None)
    if best is None or best.xero_id == linked or best.origin == sides.document.id or _is_alike(best, sides):
        return best
    return next((each for each in sorted(sides.shown, key=order) if _is_alike(each, sides)), None)


def _is_alike(shown: Shown, sides: Sides) -> bool:
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


def _differences(sides: Sides, ours: Shown | None) -> Iterator[Difference]:
    document = sides.document
    if document.status is DocumentStatus.VOIDED:
        # One that only looks like it may have taken its place.
        is_bound = ours and (sides.link.xero or ours.origin or document.kind is Kind.CREDIT_NOTE)
        if ours and is_bound and not ours.status.is_gone:
            yield _difference(Matter.STATUS, _pending(sides), document.status, ours.status)
        return
    if ours is None:
        yield from _missing(sides)
        return
    yield from _links(sides, ours)
    if ours.status.is_gone:
        yield _difference(Matter.STATUS, Cause.REMOVED, document.status, ours.status)
        return
    if not ours.is_in_force:
        yield _difference(Matter.STATUS, Cause.NOT_SEEN, document.status, ours.status)
    yield from _contents(sides, ours)
    yield from _paid(sides, ours)
    if document.status is DocumentStatus.SENT:
        yield from _sent(sides, ours)
    else:
        yield from _unsent(sides, ours)


def _missing(sides: Sides) -> Iterator[Difference]:
    document, link = sides.document, sides.link
    if link.xero is None and not may_be_pushed(SequenceView.of(document)):
        return
    taken = next((each for each in sides.shown if each.is_in_force), None)
    if link.is_elsewhere(sides.tenant_id):
        cause = Cause.OTHER_BOOKS
    elif link.xero:
        cause = Cause.LINK_ASTRAY if taken else Cause.VANISHED
    elif taken:
        cause = Cause.NUMBER_TAKEN
    else:
        cause = _pending(sides)
    theirs = f"{taken.number}: {taken.total} {taken.currency}" if taken else None
    yield _difference(Matter.MISSING_IN_XERO, cause, f"{document.gross_total} {document.currency}", theirs)


def _links(sides: Sides, ours: Shown) -> Iterator[Difference]:
    """Yield what is wrong with which of Xero's documents is ours."""
    link, document = sides.link, sides.document
    if link.xero is None:
        is_adopted = document.kind is Kind.INVOICE and ours.origin is None
        lost = Cause.ANSWER_LOST if link.intent else Cause.TWIN if is_adopted else Cause.LINK_LOST
        yield _difference(Matter.LINK, lost, document.id, ours.xero_id)
    elif link.xero.xero_id != ours.xero_id:
        yield _difference(Matter.LINK, Cause.LINK_ASTRAY, link.xero.xero_id, ours.xero_id)
    others = [each.xero_id for each in sides.shown if each.is_in_force and each.xero_id != ours.xero_id]
    if others and ours.is_in_force:
        yield _difference(Matter.DOUBLED, Cause.TWICE, document.id, ", ".join([ours.xero_id, *others]))


def _contents(sides: Sides, ours: Shown) -> Iterator[Difference]:
    """Yield what differs of what does not depend on whether it was sent."""
    document, link = sides.document, sides.link
    if ours.number != document.number:
        cause = Cause.BY_HAND if link.number in (None, document.number) else Cause.UNKNOWN
        yield _difference(Matter.NUMBER, cause, document.number, ours.number)
    if sides.contact_id not in (None, ours.contact_id):
        yield _difference(Matter.CONTACT, Cause.OTHER_CONTACT, sides.contact_id, ours.contact_id)
    if ours.currency != document.currency:
        cause = Cause.BY_HAND if link.xero and link.currency == document.currency else Cause.UNKNOWN
        yield _difference(Matter.CURRENCY, cause, document.currency, ours.currency)
    if ours.total != document.gross_total:
        cause = _cause_of_total(sides, ours)
        yield _difference(Matter.TOTAL, cause, f"{document.gross_total}", f"{ours.total}")
    if ours.total_tax != document.total_tax:
        is_of_total = ours.total != document.gross_total or link.adopted_by_hand
        cause = _cause_of_total(sides, ours) if is_of_total else Cause.UNKNOWN
        yield _difference(Matter.TAX, cause, f"{document.total_tax}", f"{ours.total_tax}")


def _cause_of_total(sides: Sides, ours: Shown) -> Cause:
    document, link = sides.document, sides.link
    if link.gross_total not in (None, document.gross_total):
        return Cause.AMENDED
    if link.adopted_by_hand and link.xero_total == ours.total:
        return Cause.ADOPTED
    if link.xero_total is None:
        return Cause.UNKNOWN
    if link.xero_total != ours.total:
        return Cause.BY_HAND
    return Cause.TAX_RATE if ours.total - ours.total_tax == document.net_total else Cause.UNKNOWN


def _unsent(sides: Sides, ours: Shown) -> Iterator[Difference]:
    """Yield what differs of a document that Sequence has not sent: not sent in Xero either, dated 3000."""
    if ours.sent:
        known = sides.link.xero
        cause = Cause.UNDER_WAY if known and known.sent else Cause.NOT_SEEN
        yield _difference(Matter.SENT, cause, "no", "yes")
        return
    for matter, theirs in _dates(ours):
        if theirs != PLACEHOLDER:
            yield _difference(matter, Cause.BY_HAND, f"{PLACEHOLDER}", _text(theirs))


def _sent(sides: Sides, ours: Shown) -> Iterator[Difference]:
    """Yield what differs of a sent document: its own dates, sent, the reference as it was last brought over."""
    document, header = sides.document, sides.document.header
    known = sides.link.xero
    applied = known.applied if known else None
    real = {Matter.ISSUE_DATE: document.issue_date, Matter.DUE_DATE: document.due_date or document.issue_date}
    if PLACEHOLDER in (ours.issue_date, ours.due_date):
        had_real_dates = applied is not None and known is not None and not known.has_placeholder
        cause = Cause.DATED_AGAIN if had_real_dates else _pending(sides)
        yield _difference(Matter.PLACEHOLDER, cause, _text(document.issue_date), f"{PLACEHOLDER}")
    if not ours.sent:
        is_undone = known is not None and known.sent and applied == header
        yield _difference(Matter.SENT, Cause.BY_HAND if is_undone else _pending(sides), "yes", "no")
    brought = {
        Matter.ISSUE_DATE: applied.issue_date if applied else None,
        Matter.DUE_DATE: (applied.due_date or applied.issue_date) if applied else None,
    }
    for matter, theirs in _dates(ours):
        if theirs not in (real[matter], PLACEHOLDER):
            is_edited = applied is not None and brought[matter] == real[matter]
            yield _difference(
                matter, Cause.BY_HAND if is_edited else _pending(sides), _text(real[matter]), _text(theirs)
            )
    if applied and applied.reference_digest != header.reference_digest:
        yield _difference(Matter.REFERENCE, _pending(sides), "changed", "as before")


def _paid(sides: Sides, ours: Shown) -> Iterator[Difference]:
    """Yield how far an invoice is paid where Sequence, which is to hear of it, shows something else."""
    document, known = sides.document, sides.link.xero
    if known and sides.link.reports_payments and status_to_set(document, ours.payment):
        is_reported = ours.payment is (known.reported or Payment.NOTHING)
        cause = Cause.SET_IN_SEQUENCE if is_reported else Cause.NOT_REPORTED
        yield _difference(Matter.PAYMENT, cause, document.payment_status, ours.payment)


def _dates(shown: Shown) -> Iterator[tuple[Matter, date | None]]:
    """Yield the dates that a document has in Xero: a credit note only its issue date."""
    yield Matter.ISSUE_DATE, shown.issue_date
    if shown.kind is Kind.INVOICE:
        yield Matter.DUE_DATE, shown.due_date


def _pending(sides: Sides) -> Cause:
    """Return why something that Sequence shows has not come to Xero."""
    link = sides.link
    if link.intent and link.xero is None:
        return Cause.ANSWER_LOST
    if link.sequence is None:
        return Cause.NEVER_HEARD
    return Cause.UNDER_WAY if link.sequence == SequenceView.of(sides.document) else Cause.NOT_HEARD


def _difference(matter: Matter, cause: Cause, in_sequence: str | None, in_xero: str | None) -> Difference:
    verdict = Verdict.OWN_EDIT if cause in _OWN else Verdict.DIFFERENCE
    return Difference(matter=matter, verdict=verdict, cause=cause, in_sequence=in_sequence, in_xero=in_xero)


def _under_hold(difference: Difference) -> Difference:
    if difference.verdict is not Verdict.DIFFERENCE or difference.matter in _NOT_FOR_THE_HOLD:
        return difference
    return difference.model_copy(update={"verdict": Verdict.HOLD, "cause": Cause.HELD})


def _ignored(difference: Difference) -> Difference:
    if difference.verdict is not Verdict.DIFFERENCE:
        return difference
    return difference.model_copy(update={"verdict": Verdict.IGNORED, "cause": Cause.IGNORED})


def _mend(document: Document, ours: Shown | None, differences: Sequence[Difference]) -> Mend | None:
    """Return what may be told to the document's workflow; None where that could not mend anything."""
    causes = {each.cause for each in differences if each.verdict is Verdict.DIFFERENCE}
    view = ours.view if ours and causes & _SEEN_LATE else None
    hint = HINTS[document.status][0] if causes & _TO_BE_READ else None
    return Mend(hint=hint, view=view) if view or hint else None


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
