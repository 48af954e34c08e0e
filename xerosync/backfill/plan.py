"""Backfill: what is to happen with each document that exists already, and what its workflow's messages carry."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import Field

from xerosync.core.base import Message
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, Kind
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SequenceView, SyncState

_CLOSED = (SyncState.SETTLED, SyncState.VOIDED)


class BackfillAction(StrEnum):
    """What a backfill does with a document. Only `STARTED` and `UNDER_WAY` have, or get, a workflow."""

    STARTED = "started"
    UNDER_WAY = "under_way"
    SETTLED = "settled"
    EARLIER = "earlier"
    DRAFT = "draft"
    VOIDED = "voided"
    UNREADABLE = "unreadable"

    @property
    def is_synced(self) -> bool:
        """Whether the document is to have a workflow."""
        return self in (BackfillAction.STARTED, BackfillAction.UNDER_WAY)


def action_for(document: Document, link: DocumentLink, since: date | None) -> BackfillAction:
    """Return what becomes of a document, by how Sequence has it and what the store knows; `since` is an issue date.

    One that is settled is left alone unless Sequence changed it since, one that is ignored in any case. One without
    issue date is never too early.
    """
    match document.status:
        case DocumentStatus.FINAL | DocumentStatus.SENT:
            pass
        case DocumentStatus.VOIDED | DocumentStatus.DELETED:
            return BackfillAction.VOIDED
        case _:
            return BackfillAction.DRAFT
    if since and document.issue_date and document.issue_date < since:
        return BackfillAction.EARLIER
    if link.sequence is None and not link.ignored:
        return BackfillAction.STARTED
    is_settled = link.state in _CLOSED and link.sequence == SequenceView.of(document)
    return BackfillAction.SETTLED if is_settled or link.ignored else BackfillAction.UNDER_WAY


class BackfillCounts(Message):
    """How many documents met which fate."""

    started: int = 0
    under_way: int = 0
    settled: int = 0
    earlier: int = 0
    draft: int = 0
    voided: int = 0
    unreadable: int = 0

    @classmethod
    def of(cls, fates: Sequence[BackfillAction]) -> Self:
        """Count them."""
        return cls(**{fate.value: fates.count(fate) for fate in BackfillAction})

    @property
    def total(self) -> int:
        """All of them together."""
        return sum(self.model_dump().values())

    def __add__(self, other: "BackfillCounts") -> "BackfillCounts":
        """Return both together."""
        return BackfillCounts(**{name: count + getattr(other, name) for name, count in self.model_dump().items()})


class BackfillInput(Message):
    """Input of `BackfillWorkflow`: the account, and how far earlier runs of the same id came."""

    account_id: str
    since: date | None = None
    kind: Kind = Kind.INVOICE
    cursor: str | None = None
    counts: BackfillCounts = Field(default_factory=BackfillCounts)
    total: int | None = None


class BackfillProgress(Message):
    """Answer of query `progress`, and the result: what was counted so far, of how many; None: nobody knows yet."""

    counts: BackfillCounts
    total: int | None = None
    since: date | None = None


class BackfillPageInput(Message):
    """Input of `read_page`: from where on to read Sequence's list of a kind."""

    account_id: str
    kind: Kind
    cursor: str | None = None
    since: date | None = None


class BackfillPage(Message):
    """Result of `read_page`: who is to have a workflow, all that was counted, and where the next page begins.

    `total` counts the documents of both kinds; it comes with the first page.
    """

    document_ids: tuple[str, ...] = ()
    counts: BackfillCounts = Field(default_factory=BackfillCounts)
    cursor: str | None = None
    total: int | None = None


class BackfillStartInput(Message):
    """Input of `start_syncs`: the documents that are to have a workflow."""

    account_id: str
    kind: Kind
    document_ids: tuple[str, ...]

    @property
    def refs(self) -> list[DocumentRef]:
        """Their names."""
        return [DocumentRef(account_id=self.account_id, kind=self.kind, document_id=each) for each in self.document_ids]
