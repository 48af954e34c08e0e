"""What a reconcile finds about one document: where the two sides differ, why, and what mends it.

Ids, numbers, amounts, statuses and dates; never names. A difference is judged:

    difference   the two are out of step: something is to be mended
    hold         the document waits for a person, and its hold says for what
    own edit     a person did it in Xero, or decided it: nothing of theirs is overwritten
    ignored      a person wants the document left alone
    mended       it was a difference, and is none any more
"""

from datetime import datetime
from enum import StrEnum

from xerosync.core.base import Message
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.messages import XeroView


class Aspect(StrEnum):
    """What differs."""

    PLACEHOLDER = "sent, but dated 3000"
    MISSING_IN_XERO = "missing in Xero"
    MISSING_IN_SEQUENCE = "missing in Sequence"
    DOUBLED = "doubled"
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
    """How a difference, or a whole finding, is judged; the gravest first."""

    DIFFERENCE = "difference"
    HOLD = "hold"
    OWN_EDIT = "own_edit"
    IGNORED = "ignored"
    MENDED = "mended"


class FindingCause(StrEnum):
    """Why two sides differ, as far as that is known."""

    NEVER_HEARD = "never_heard"
    NOT_HEARD = "not_heard"
    UNDER_WAY = "under_way"
    ANSWER_LOST = "answer_lost"
    NOT_SEEN = "not_seen"
    REMOVED = "removed"
    DATED_AGAIN = "dated_again"
    LINK_LOST = "link_lost"
    LINK_ASTRAY = "link_astray"
    TWIN = "twin"
    NUMBER_TAKEN = "number_taken"
    VANISHED = "vanished"
    TWICE = "twice"
    LEADS_NOWHERE = "leads_nowhere"
    TAX_RATE = "tax_rate"
    AMENDED = "amended"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    HELD = "held"
    IGNORED = "ignored"
    BY_HAND = "by_hand"
    ADOPTED = "adopted"
    OTHER_CONTACT = "other_contact"
    OTHER_BOOKS = "other_books"
    TYPED_IN = "typed_in"
    NOT_REPORTED = "not_reported"
    SET_IN_SEQUENCE = "set_in_sequence"

    @property
    def words(self) -> str:
        """The cause in a sentence, and where no command mends it, what a person can do."""
        return _WORDS[self]


_WORDS = {
    FindingCause.NEVER_HEARD: "No signal about it ever came, and no backfill took it.",
    FindingCause.NOT_HEARD: "It changed in Sequence since, and no signal told.",
    FindingCause.UNDER_WAY: "The store knows what is to be done, and its workflow has not done it yet.",
    FindingCause.ANSWER_LOST: "It was sent to Xero and the answer was lost; its workflow looks whether it arrived.",
    FindingCause.NOT_SEEN: "It was marked as sent in Xero, and no sweep has seen it yet.",
    FindingCause.REMOVED: "A person voided or deleted it in Xero; its workflow does not know yet.",
    FindingCause.DATED_AGAIN: "It had its real dates in Xero, and was dated 3000 again there.",
    FindingCause.LINK_LOST: "It is in Xero, but the store has no link to it.",
    FindingCause.LINK_ASTRAY: "The store links it to another document in Xero: void in Xero the one too many.",
    FindingCause.TWIN: "The same document was brought to Xero by others, and is taken over as it is on the next try.",
    FindingCause.NUMBER_TAKEN: "A document in Xero that is not the same has its number.",
    FindingCause.VANISHED: "The store links it to a document that Xero does not have any more: "
    "ask in Xero who removed it.",
    FindingCause.TWICE: "Xero has more than one in force for it: void in Xero the one too many.",
    FindingCause.LEADS_NOWHERE: "It came from a document that Sequence does not have any more: "
    "void it in Xero if it is void.",
    FindingCause.TAX_RATE: "Most likely the default tax rate of a ledger account in Xero is not the rate that Sequence "
    "charged: correct it in Xero.",
    FindingCause.AMENDED: "Its total changed in Sequence after it was brought to Xero: void it, and bill it anew.",
    FindingCause.UNREADABLE: "Sequence's answer about it can't be read; the log of the worker says why.",
    FindingCause.UNKNOWN: "Nothing that is kept explains it: compare both by eye.",
    FindingCause.HELD: "It is on hold.",
    FindingCause.IGNORED: "A person wants it left alone; `starter.py status` says who, and why.",
    FindingCause.BY_HAND: "A person changed it in Xero.",
    FindingCause.ADOPTED: "A person took it over although it differs; `starter.py status` says who.",
    FindingCause.OTHER_CONTACT: "A person gave it another contact in Xero, merged contacts there, or linked its "
    "customer to another one since.",
    FindingCause.OTHER_BOOKS: "It is in the books of the organisation that the account was connected to before; if "
    "those books are gone, `push-afresh` brings it to the present ones.",
    FindingCause.NOT_REPORTED: "How far it is paid in Xero was not reported to Sequence yet.",
    FindingCause.SET_IN_SEQUENCE: "A person, or a payment service, set it in Sequence; Xero does not show that.",
    FindingCause.TYPED_IN: "It was made in Xero: nothing of it leads to Sequence.",
}

HINTS = {
    DocumentStatus.FINAL: ("finalized", "finalize"),
    DocumentStatus.SENT: ("sent", "sent"),
    DocumentStatus.VOIDED: ("voided", "void"),
}
"""By status in Sequence: the signal that makes a workflow read the document again, and the command that sends it."""


class Difference(Message):
    """One thing that differs, as both sides show it: amounts, dates, statuses and ids as text."""

    matter: Aspect
    verdict: Severity
    cause: FindingCause
    in_sequence: str | None = None
    in_xero: str | None = None


class Repair(Message):
    """What may safely be told to a document's workflow: how Xero shows it, or to read Sequence again."""

    hint: str | None = None
    view: XeroView | None = None


class FoundInXero(Message):
    """Where in Xero a document was seen."""

    xero_id: str
    number: str


class Finding(Message):
    """All that differs about one document of Sequence, or about one that is in Xero alone.

    `since` (UTC) is when it began, or the last change there that is known: since when it is held, else when Xero last
    stamped it, else when the store last learnt of it. `told` says that its workflow was told to mend it.
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
    mend: Repair | None = None
    told: bool = False
    is_mended: bool = False

    @property
    def ref(self) -> DocumentRef | None:
        """The document's name; None for one that is in Xero alone."""
        if self.document_id is None:
            return None
        return DocumentRef(account_id=self.account_id, kind=self.kind, document_id=self.document_id)

    @property
    def subject(self) -> str:
        """What the finding is about: of each kind there is one finding a subject."""
        is_stray = any(difference.matter is Aspect.MISSING_IN_SEQUENCE for difference in self.differences)
        return f"xero:{self.seen[0].xero_id}" if is_stray else f"sequence:{self.document_id}"

    @property
    def verdict(self) -> Severity:
        """The gravest of its differences."""
        if self.is_mended:
            return Severity.MENDED
        verdicts = {difference.verdict for difference in self.differences}
        return next(verdict for verdict in Severity if verdict in verdicts)

    @property
    def is_alarm(self) -> bool:
        """Whether a document that was sent still shows the year 3000 in the books."""
        is_dated = any(difference.matter is Aspect.PLACEHOLDER for difference in self.differences)
        return is_dated and self.verdict not in (Severity.MENDED, Severity.IGNORED)

    @property
    def is_typed_in(self) -> bool:
        """Whether it is a document of Xero alone that has nothing to do with Sequence."""
        return any(difference.cause is FindingCause.TYPED_IN for difference in self.differences)

    def why(self, difference: Difference) -> str:
        """Return a difference's cause in words; a hold's are its own."""
        if difference.cause is FindingCause.HELD and self.hold:
            return f"{self.hold.meaning.matter} {self.hold.meaning.release}"
        return difference.cause.words


def gravest_first(finding: Finding) -> tuple[bool, int, str, str]:
    """Sort findings: alarms, then differences, holds and own edits, each by number."""
    rank = list(Severity).index(finding.verdict)
    return not finding.is_alarm, rank, finding.number or "", finding.subject
