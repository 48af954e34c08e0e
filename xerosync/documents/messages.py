"""What travels through Temporal: inputs, signals, results. Ids, numbers, statuses and dates; never people.

One model per message; a new field comes with a default, so that running workflows can still read old ones. What workers
tell each other is `TolerantMessage`, so that old ones can read new ones, too; what people type stays strict.

Payloads that people type and other programs send. A mistake in one is told in a sentence and stops nothing.
"""

from datetime import date
from enum import StrEnum
from typing import TypeVar

from pydantic import AwareDatetime, Field, ValidationError

from xerosync.core.base import Message, TolerantMessage
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, Header, Kind
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.core.xero_records import PLACEHOLDER, Allocation, Payment, XeroDocument, XeroStatus


class PushHeld(Message):
    """Why the push of a customer waits: what is the matter and what to do; met last when (UTC).

    It may name people, and stays in the store.
    """

    words: str
    at: AwareDatetime


M = TypeVar("M", bound=Message)


class WrongPayloadError(ValueError):
    """The payload is not what it should be."""


def understood(model: type[M], payload: object) -> M:
    """Return the message that decoded JSON stands for; nothing at all stands for `{}`.

    Raises:
        WrongPayloadError: names the field and what is wrong with it, never its value.
    """
    try:
        return model.model_validate({} if payload is None else payload)
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_context=False, include_input=False)
        field = ".".join(str(part) for part in first["loc"]) or "the whole"
        more = f", and {len(others)} more" if others else ""
        raise WrongPayloadError(f"{field}: {first['msg']}{more}") from None


class SequenceView(TolerantMessage):
    """A document as Sequence last told it."""

    status: DocumentStatus
    number: str | None = None
    customer_id: str | None = None
    currency: str | None = None
    header: Header | None = None
    total_is_zero: bool = False

    @classmethod
    def of(cls, document: Document) -> "SequenceView":
        """Return the view of a document that was just read."""
        return cls(
            status=document.status,
            number=document.number,
            customer_id=document.customer_id,
            currency=document.currency,
            header=document.header,
            total_is_zero=document.gross_total == 0,
        )


_WRITES = ("applied", "reported", "reference_digest")


class XeroView(TolerantMessage):
    """A document as Xero last showed it. `seen_at` (UTC) orders views: the newest wins, whenever it arrives.

    It is when a read was asked, or when a write was sent: what was asked after that may show more than its answer.

    The rest is no view but our own deeds. `applied` is Sequence's header as we last brought it to Xero once the
    document was sent, `reference_digest` that of its reference as we last brought it, sent or not, `reported` how far
    it was paid when we last told Sequence. None: never, or nobody remembers. `revision` counts the deeds, and orders
    them: the most that are known win, whenever the document was seen.
    """

    xero_id: str
    status: XeroStatus
    sent: bool
    issue_date: date | None = None
    due_date: date | None = None
    seen_at: AwareDatetime
    applied: Header | None = None
    payment: Payment = Payment.NOTHING
    reported: Payment | None = None
    reference_digest: str | None = None
    revision: int = 0

    @property
    def order(self) -> tuple[AwareDatetime, int]:
        """What orders views: when it was seen, and of those seen at once which knows of more deeds."""
        return self.seen_at, self.revision

    @classmethod
    def of(cls, document: XeroDocument, applied: Header | None, *, after: "XeroView | None" = None) -> "XeroView":
        """Return the view of what Xero just answered.

        What a write answers comes `after` the view that led to it, whatever the clocks of two workers say.
        """
        seen_at = max(document.seen_at, after.seen_at) if after else document.seen_at
        return cls(
            xero_id=document.xero_id,
            status=document.status,
            sent=document.sent,
            issue_date=document.issue_date,
            due_date=document.due_date,
            seen_at=seen_at,
            applied=applied,
            payment=document.payment,
            reported=after.reported if after else None,
            reference_digest=applied.reference_digest if applied else after.reference_digest if after else None,
            revision=after.revision + 1 if after else 0,
        )

    def with_writes_of(self, other: "XeroView") -> "XeroView":
        """Return the view with our deeds as another view of the same document knows them, if that knows more of them.

        What one of the two lacks is taken from the other.
        """
        most, less = (other, self) if other.revision > self.revision else (self, other)
        known = {name: getattr(most, name) for name in _WRITES}
        writes = {name: getattr(less, name) if write is None else write for name, write in known.items()}
        update = {**writes, "revision": most.revision}
        return (
            self
            if all(getattr(self, name) == value for name, value in update.items())
            else self.model_copy(update=update)
        )

    @property
    def has_placeholder(self) -> bool:
        """Whether a date in Xero is still the year 3000."""
        return PLACEHOLDER in (self.issue_date, self.due_date)

    @property
    def is_reported(self) -> bool:
        """Whether Sequence was told how far it is paid. Of what nobody ever paid there is nothing to tell."""
        return self.payment is (self.reported or Payment.NOTHING)

    def told(self) -> "XeroView":
        """Return the view once Sequence was told how far it is paid."""
        return self.model_copy(update={"reported": self.payment, "revision": self.revision + 1})


class Facts(TolerantMessage):
    """How a document stands on both sides. A fact that store, steps, workflow and people share is added here alone.

    `xero` None: it is not in Xero, for certain. With `reports_payments` the document stays open until it is paid in
    Xero, and Sequence gets a report of each payment. `short_code` is that of the organisation in whose pages `xero` is
    seen; it is kept, so that the page is found when the account has moved to another organisation.
    """

    sequence: SequenceView | None = None
    xero: XeroView | None = None
    short_code: str | None = None
    reports_payments: bool = False
    allocation: Allocation = Allocation.NONE


class Outcome(Facts):
    """What a step returns: the facts, and whether two things are so that the store knows the details of.

    With `total_differs` the two sides' totals are not the same. With `ignored` a person wants nothing done.
    """

    total_differs: bool = False
    ignored: bool = False


class Held(TolerantMessage):
    """What a step returns that met a hold: the hold, and both sides as they are."""

    hold: Hold
    outcome: Outcome


class Known(Outcome):
    """All that a document's workflow knows. Everything it does next follows from this alone."""

    hold: Hold | None = None
    is_in_doubt: bool = False
    """Whether a create was sent to Xero and nobody knows yet what became of it."""
    hints: int = 0
    """How many times something was said to have changed in Sequence."""
    hints_read: int = 0
    """How many of these hints were heard before Sequence was last read."""
    claimed: DocumentStatus | None = None
    """How far the document was said to be; what says so may overtake what makes it so."""
    retried: Hold | None = None
    """The hold that is tried again by ourselves: it is shown until it is known what came of that."""
    rechecks: int = 0
    """How many times in a row it was tried again in vain."""
    report_refused: bool = False
    """Whether Sequence refused to hear how far it is paid: that waits for another try, as the hold does."""


class SyncInput(Message):
    """Input of `InvoiceSyncWorkflow`: the document, and what an earlier run of the same id knew.

    In another lane than LIVE its calls to Xero let others go first, until it is in Xero or somebody asks for it.
    """

    account_id: str = Field(min_length=1)
    kind: Kind
    document_id: str = Field(min_length=1)
    known: Known = Field(default_factory=Known)
    lane: Lane = Lane.LIVE
    history_limit: int | None = Field(default=None, ge=4)
    """Continue as new from this many events on, whatever Temporal suggests: for tests."""

    @property
    def ref(self) -> DocumentRef:
        """The document's name."""
        return DocumentRef(account_id=self.account_id, kind=self.kind, document_id=self.document_id)


class SyncState(StrEnum):
    """Where a document stands, as search attribute `XeroSyncState` says it: what Xero shows, not what is on its way.

    PUSHED: it is in Xero. SENT: Xero shows it as sent, with its real dates. VOIDED: nothing of it is in force in Xero.
    """

    PENDING = "pending"
    PUSHED = "pushed"
    SENT = "sent"
    SETTLED = "settled"
    HELD = "held"
    VOIDED = "voided"


class Release(Message):
    """Payload of signal `release`: which hold to release; without a reason, whichever there is.

    With a lane the document goes on in that one: what is released in thousands lets others go first.
    """

    reason: HoldReason | None = None
    lane: Lane | None = None


class SyncStatus(Outcome):
    """Answer of query `status`, and the result of the workflow."""

    state: SyncState
    sentence: str
    hold: Hold | None = None


class StepInput(TolerantMessage):
    """Input of a step: the document, how its workflow last saw it in Xero, and how soon it wants to go there.

    `heard` is what its workflow heard last: the signal's name, or `look` where the daily look found something. With
    `stays_held` the step does not end the hold of the document.
    """

    ref: DocumentRef
    xero: XeroView | None = None
    lane: Lane = Lane.LIVE
    heard: str = ""
    stays_held: bool = False


class CheckInput(TolerantMessage):
    """Input of `check_document`: the document and what its workflow knows.

    With `eager` something was said that Sequence did not confirm yet, so the first looks come soon after.
    """

    ref: DocumentRef
    known: Known
    eager: bool = False


class Checked(TolerantMessage):
    """Result of `check_document`, which ends once something differs: how the store last saw Xero."""

    xero: XeroView | None = None


class SweepInput(Message):
    """Input of `SentSweepWorkflow` and its activity: the account to sweep."""

    account_id: str


class SweepResult(TolerantMessage):
    """What a sweep did: documents read in Xero, workflows signalled, pages of lists read (a call each).

    One that `rests_until` an instant (UTC) asked nothing, since only `day_left` calls are left of the day.
    `passed_over` are numbers of documents whose look-up Xero refused, the first of them.
    """

    read: int = 0
    signalled: int = 0
    calls: int = 0
    rests_until: AwareDatetime | None = None
    day_left: int | None = None
    passed_over: tuple[str, ...] = ()
