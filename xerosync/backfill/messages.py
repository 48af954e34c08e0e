"""Inputs and results of a backfill's workflow and activities: ids, counts and cursors."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Self

from pydantic import Field

from xerosync.backfill.plan import BackfillAction
from xerosync.core.base import Message
from xerosync.core.documents import DocumentRef, Kind


class BackfillCounts(Message):
    """The number of documents by action."""

    started: int = 0
    under_way: int = 0
    settled: int = 0
    earlier: int = 0
    draft: int = 0
    voided: int = 0
    unreadable: int = 0

    @classmethod
    def of(cls, actions: Sequence[BackfillAction]) -> Self:
        """Count them."""
        return cls(**{action.value: actions.count(action) for action in BackfillAction})

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
    """Answer of query `progress`, and the result: what was counted so far, of `total`; None: not known yet."""

    counts: BackfillCounts
    total: int | None = None
    since: date | None = None


class BackfillPageInput(Message):
    """Input of `read_page`: where in Sequence's list of a kind to read on."""

    account_id: str
    kind: Kind
    cursor: str | None = None
    since: date | None = None


class BackfillPage(Message):
    """Result of `read_page`: the documents that need a workflow, the counts, and where the next page begins.

    `numbers` are theirs, by id. `total` counts the documents of both kinds; it comes with the first page.
    """

    document_ids: tuple[str, ...] = ()
    numbers: Mapping[str, str] = {}
    counts: BackfillCounts = Field(default_factory=BackfillCounts)
    cursor: str | None = None
    total: int | None = None


class PreviewInput(Message):
    """Input of `BackfillPreviewWorkflow`: the account, and how far earlier runs of the same id came."""

    account_id: str
    since: date | None = None
    preview_id: str | None = None
    kind: Kind = Kind.INVOICE
    cursor: str | None = None
    documents: int = 0
    total: int | None = None


class PreviewProgress(Message):
    """Answer of query `progress`, and the result: documents looked at, of `total`; None: not known yet."""

    documents: int = 0
    total: int | None = None


class PreviewPageInput(Message):
    """Input of `preview_page`: where in Sequence's list of a kind to read on, for which preview."""

    account_id: str
    preview_id: str
    kind: Kind
    cursor: str | None = None
    since: date | None = None


class PreviewPage(Message):
    """Result of `preview_page`: documents of the page, where the next one begins, and, of the first, all there are."""

    documents: int
    cursor: str | None = None
    total: int | None = None


class BackfillStartInput(Message):
    """Input of `start_syncs`: the documents that need a workflow, and by id the numbers that Sequence shows.

    `listed_after` is the cursor behind which their page of the list begins; "" is that of the first.
    """

    account_id: str
    kind: Kind
    document_ids: tuple[str, ...]
    numbers: Mapping[str, str] = {}
    listed_after: str | None = None

    @property
    def refs(self) -> list[DocumentRef]:
        """Their names."""
        return [DocumentRef(account_id=self.account_id, kind=self.kind, document_id=each) for each in self.document_ids]
