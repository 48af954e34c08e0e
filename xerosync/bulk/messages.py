"""What a bulk act is: its kinds, its frozen documents, what became of each, and what its workflow carries.

    asked for ──▶ confirmed ──▶ ended
    (frozen)         └──▶ stopped ──▶ ended

The list is frozen when somebody asks for the act. Nothing happens before a person confirms it, and then to those
documents alone.
"""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import AwareDatetime

from xerosync.core.base import Message, TolerantMessage
from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import Selection


class BulkAct(StrEnum):
    """What can be done to many documents at once. Each concerns only the documents for which it makes sense."""

    RETRY = "retry"
    """Of those that are on hold: release the hold."""
    IGNORE = "ignore"
    """Of those that are on hold: leave them alone."""
    TAKE_UP = "take_up"
    """Of those that are ignored: take them up again."""
    RESYNC = "resync"
    """Of all: read both sides again."""
    PUSH_AGAIN = "push_again"
    """Of those in the books of an organisation that is not the connected one: bring them to the present one."""

    @property
    def words(self) -> str:
        """What it is called on a button."""
        return _WORDS[self]

    @property
    def concerned(self) -> str:
        """Which documents it concerns, in words."""
        return _CONCERNED[self]


_WORDS = {
    BulkAct.RETRY: "Retry",
    BulkAct.IGNORE: "Ignore",
    BulkAct.TAKE_UP: "Take up again",
    BulkAct.RESYNC: "Read both sides again",
    BulkAct.PUSH_AGAIN: "Push again",
}

_CONCERNED = {
    BulkAct.RETRY: "on hold",
    BulkAct.IGNORE: "on hold",
    BulkAct.TAKE_UP: "ignored",
    BulkAct.RESYNC: "known",
    BulkAct.PUSH_AGAIN: "left in other books",
}


class BulkOutcome(StrEnum):
    """What became of a document. PENDING: nothing yet. BEGUN: somebody is at it, or died there.

    STOPPED: the act was stopped before its turn came.
    """

    PENDING = "pending"
    BEGUN = "begun"
    DONE = "done"
    NOTHING_TO_DO = "nothing_to_do"
    REFUSED = "refused"
    FAILED = "failed"
    STOPPED = "stopped"


class BulkResult(Message):
    """What became of a document, and what is to be said about it."""

    outcome: BulkOutcome
    words: str = ""


class FrozenDocument(Message):
    """A document of a bulk act as it stood when the list was frozen, and what became of it since.

    `place` counts from 1, in the order of the list. `failing_since` (UTC): since when it fails, to be tried again.
    """

    place: int
    ref: DocumentRef
    state: SyncState
    hold: HoldReason | None = None
    is_ignored: bool = False
    sequence_status: str | None = None
    xero_id: str | None = None
    outcome: BulkOutcome = BulkOutcome.PENDING
    words: str = ""
    failing_since: AwareDatetime | None = None
    done_at: AwareDatetime | None = None

    @property
    def was_tried(self) -> bool:
        """Whether the act may have been done to it in part."""
        return self.outcome is BulkOutcome.BEGUN or self.failing_since is not None

    def is_still(self, link: DocumentLink) -> bool:
        """Whether the document stands as it did when the list was frozen."""
        hold, sequence, xero = link.current_hold, link.sequence, link.xero
        return (self.state, self.hold, self.is_ignored, self.sequence_status, self.xero_id) == (
            link.state,
            hold.reason if hold else None,
            link.ignored is not None,
            sequence.status.value if sequence else None,
            xero.xero_id if xero else None,
        )


class BulkRecord(Message):
    """A bulk act as the store keeps it. `because` is the reason to ignore; instants are UTC.

    `documents` are frozen; `left_out` passed the filter, too, but the act makes no sense for them.
    """

    bulk_id: str
    account_id: str
    act: BulkAct
    because: str = ""
    selection: Selection
    documents: int
    left_out: int
    asked_by: str
    asked_at: AwareDatetime
    confirmed_by: str | None = None
    confirmed_at: AwareDatetime | None = None
    stopped_by: str | None = None
    stopped_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether it was confirmed and is not over."""
        return self.confirmed_at is not None and self.ended_at is None


class BulkInput(Message):
    """Input of `BulkWorkflow` and its activity."""

    account_id: str
    bulk_id: str


class BulkProgress(TolerantMessage):
    """How many documents came to which outcome so far, and whether nothing is left to do."""

    counts: Mapping[BulkOutcome, int] = {}
    is_over: bool = False
