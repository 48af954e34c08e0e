"""What a reconcile finds about one document: where the two sides differ, why, and what fixes it.

Ids, numbers, amounts, statuses and dates; never names. Each difference has a verdict:

    difference    the two are out of step: something must be fixed
    hold          the document waits for a person, and its hold says for what
    manual edit   a person did it in Xero, or decided it: it is not overwritten
    left behind   it is in the organisation that the account was connected to before
    ignored       a person chose to ignore the document
    fixed         it was a difference, and is none any more
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from xerosync.core.base import Message
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.core.money import amounts_grouped
from xerosync.documents.views import XeroView
from xerosync.reconcile.causes import FindingCause


class Aspect(StrEnum):
    """What differs."""

    PLACEHOLDER = "sent, but dated 3000"
    MISSING_IN_XERO = "missing in Xero"
    MISSING_IN_SEQUENCE = "missing in Sequence"
    DUPLICATE = "duplicate"
    LINK = "link"
    STATUS = "status"
    SENT = "sent"
    NUMBER = "number"
    CONTACT = "contact"
    CURRENCY = "currency"
    TOTAL = "total"
    TAX = "tax"
    ISSUE_DATE = "issue date"
    DUE_DATE = "due date"
    REFERENCE = "reference"
    PAYMENT = "payment"
    HELD = "on hold"
    UNREADABLE = "not readable"


class Severity(StrEnum):
    """The verdict on a difference or on a whole finding, the most severe first."""

    DIFFERENCE = "difference"
    HOLD = "hold"
    MANUAL_EDIT = "manual_edit"
    LEFT_BEHIND = "left_behind"
    IGNORED = "ignored"
    FIXED = "fixed"


class Difference(Message):
    """One thing that differs, as both sides show it: amounts, dates, statuses and ids as text."""

    aspect: Aspect
    verdict: Severity
    cause: FindingCause
    in_sequence: str | None = None
    in_xero: str | None = None

    @property
    def shown(self) -> "ShownSides":
        """Both sides as people read them."""
        return shown_sides(self.aspect, self.in_sequence, self.in_xero)


class ShownSides(NamedTuple):
    """Both sides of a difference as people read them: the digits of amounts in groups."""

    in_sequence: str | None
    in_xero: str | None


_OF_MONEY = (Aspect.TOTAL, Aspect.TAX, Aspect.MISSING_IN_XERO, Aspect.MISSING_IN_SEQUENCE)


def shown_sides(aspect: Aspect, in_sequence: str | None, in_xero: str | None) -> ShownSides:
    """Return both sides of a difference as people read them."""
    if aspect not in _OF_MONEY:
        return ShownSides(in_sequence, in_xero)
    return ShownSides(amounts_grouped(in_sequence or "") or None, amounts_grouped(in_xero or "") or None)


class Fix(Message):
    """What may safely be sent to a document's workflow: how Xero shows it, or a signal to read Sequence again."""

    signal: str | None = None
    view: XeroView | None = None


class FoundInXero(Message):
    """A document in Xero, by id and number."""

    xero_id: str
    number: str


class Finding(Message):
    """All that differs about one document of Sequence, or about one that is in Xero alone.

    `seen` names the documents in Xero that it was compared with. `since` (UTC) is when the difference began, or the
    last change that is known: the start of the hold, else Xero's last stamp, else the last update of the link.
    `signalled` says that its workflow was sent the fix.
    """

    account_id: str
    kind: Kind
    document_id: str | None = None
    number: str | None = None
    customer_id: str | None = None
    status: DocumentStatus | None = None
    seen: tuple[FoundInXero, ...] = ()
    differences: tuple[Difference, ...]
    hold: HoldReason | None = None
    since: datetime | None = None
    fix: Fix | None = None
    signalled: bool = False
    is_fixed: bool = False

    @property
    def ref(self) -> DocumentRef | None:
        """The document's name; None for one that is in Xero alone."""
        if self.document_id is None:
            return None
        return DocumentRef(account_id=self.account_id, kind=self.kind, document_id=self.document_id)

    @property
    def subject(self) -> str:
        """What the finding is about: a run has at most one finding for a kind and subject."""
        is_unlinked = any(difference.aspect is Aspect.MISSING_IN_SEQUENCE for difference in self.differences)
        return f"xero:{self.seen[0].xero_id}" if is_unlinked else f"sequence:{self.document_id}"

    @property
    def verdict(self) -> Severity:
        """The most severe verdict of its differences."""
        if self.is_fixed:
            return Severity.FIXED
        verdicts = {difference.verdict for difference in self.differences}
        return next(verdict for verdict in Severity if verdict in verdicts)

    @property
    def is_alarm(self) -> bool:
        """Whether a document that was sent still shows the year 3000 in Xero."""
        is_dated = any(difference.aspect is Aspect.PLACEHOLDER for difference in self.differences)
        return is_dated and self.verdict not in (Severity.FIXED, Severity.IGNORED)

    @property
    def is_created_in_xero(self) -> bool:
        """Whether it is a document of Xero alone that has nothing to do with Sequence."""
        return any(difference.cause is FindingCause.CREATED_IN_XERO for difference in self.differences)

    def why(self, difference: Difference) -> str:
        """Return a difference's cause in words; for a hold, the words of the hold."""
        if difference.cause is FindingCause.HELD and self.hold:
            return f"{self.hold.meaning.matter} {self.hold.meaning.release}"
        return difference.cause.words


def by_severity(finding: Finding) -> tuple[bool, int, str, str]:
    """Sort findings: alarms, then differences, holds and manual edits, each by number."""
    rank = list(Severity).index(finding.verdict)
    return not finding.is_alarm, rank, finding.number or "", finding.subject
