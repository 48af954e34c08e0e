"""Inputs, signals and results of the document workflows: ids, numbers, statuses and dates; never people.

A new field comes with a default, so that running workflows can still read old messages. What workers send each other
is `TolerantMessage`, so that an old worker can read what a new one sent; what people type stays strict.
"""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from xerosync.core.base import Message, TolerantMessage
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.core.xero_records import Allocation
from xerosync.documents.views import SequenceView, XeroView


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
    """What a step returns that met a hold: the hold, and both sides as they are.

    With `is_over` the store got to know, while the step was at it, what ends the hold's cause.
    """

    hold: Hold
    outcome: Outcome
    is_over: bool = False


class Known(Outcome):
    """All that a document's workflow knows. Everything it does next follows from this alone."""

    hold: Hold | None = None
    is_in_doubt: bool = False
    """Whether a create was sent to Xero and nobody knows yet what became of it."""
    hints: int = 0
    """How many signals said that something changed in Sequence."""
    hints_read: int = 0
    """How many of these hints came before Sequence was last read."""
    claimed: DocumentStatus | None = None
    """How far signals said that the document is; a signal may overtake what it speaks of."""
    retried: Hold | None = None
    """The hold that is tried again by ourselves: it is shown until it is known what came of that."""
    report_refused: bool = False
    """Whether Sequence refused the report how far it is paid: that waits for another try, as the hold does."""


class SyncInput(Message):
    """Input of `InvoiceSyncWorkflow`: the document, and what an earlier run of the same id knew, if there was one.

    In another lane than LIVE its calls to Xero let others go first, until it is in Xero or somebody asks for it.
    `listed_after` is where a backfill found it: behind that cursor of Sequence's list of its kind, "" at the beginning.
    """

    account_id: str = Field(min_length=1)
    kind: Kind
    document_id: str = Field(min_length=1)
    known: Known | None = None
    lane: Lane = Lane.LIVE
    listed_after: str | None = None
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

    With a lane the document goes on in that one: what is released in thousands lets others go first. With `is_retry`
    nobody says that the cause is gone: the hold is shown until it is known.
    """

    reason: HoldReason | None = None
    lane: Lane | None = None
    is_retry: bool = False


class SyncStatus(Outcome):
    """Answer of query `status`, and the result of the workflow."""

    state: SyncState
    sentence: str
    hold: Hold | None = None


CHANGED_IN_XERO = "changed_in_xero"
"""The signal of who saw a change in Xero: a sweep."""


class StepInput(TolerantMessage):
    """Input of a step: the document, how its workflow last saw it in Xero, and how soon it wants to go there.

    `signal` is the name of the last signal that its workflow got. With `stays_held` the step does not end the hold of
    the document. With `listed_after`, as in `SyncInput`, nobody has read or signalled it: it may be read with others.
    """

    ref: DocumentRef
    xero: XeroView | None = None
    lane: Lane = Lane.LIVE
    signal: str = ""
    stays_held: bool = False
    listed_after: str | None = None


class ConfirmInput(TolerantMessage):
    """Input of `confirm_claim`: the document, and how far a signal said that it is in Sequence."""

    ref: DocumentRef
    claimed: DocumentStatus
    lane: Lane = Lane.LIVE


class SweepInput(Message):
    """Input of `AccountSweepWorkflow` and its activities: the account to sweep.

    `is_announced`: Xero's webhook announced something while the store was down, so that it stands nowhere else.
    """

    account_id: str
    is_announced: bool = False


class XeroSweepResult(TolerantMessage):
    """What a sweep did in Xero: documents read, workflows signalled, pages of lists read (a call each).

    One that `rests_until` an instant (UTC) asked for no changes: only `day_left` calls are left of the day, or, where
    that is None, Xero's webhook announces what changes until then.
    `passed_over` are numbers of documents whose look-up Xero refused, the first of them.
    """

    read: int = 0
    signalled: int = 0
    calls: int = 0
    rests_until: AwareDatetime | None = None
    day_left: int | None = None
    passed_over: tuple[str, ...] = ()


class SequenceSweepResult(TolerantMessage):
    """What a sweep did about Sequence: documents compared with it, and how many of them differed and were signalled.

    `new` are those that nobody ever signalled, `retried` the holds that were due for another try. `compared` None: it
    was not time, or Sequence did not answer; then the next sweep does it.
    """

    compared: int | None = None
    differing: int = 0
    new: int = 0
    retried: int = 0


class SweepResult(TolerantMessage):
    """What a sweep did on both sides."""

    xero: XeroSweepResult
    sequence: SequenceSweepResult
