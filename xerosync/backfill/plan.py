"""What a backfill does with each document that exists already. Pure."""

from datetime import date
from enum import StrEnum

from xerosync.core.documents import Document, DocumentStatus
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState
from xerosync.documents.views import SequenceView

_CLOSED = (SyncState.SETTLED, SyncState.VOIDED)


class BackfillAction(StrEnum):
    """What a backfill does with a document. Only with `STARTED` and `UNDER_WAY` it has a workflow afterwards."""

    STARTED = "started"
    UNDER_WAY = "under_way"
    SETTLED = "settled"
    EARLIER = "earlier"
    DRAFT = "draft"
    VOIDED = "voided"
    UNREADABLE = "unreadable"

    @property
    def needs_workflow(self) -> bool:
        """Whether the document must have a workflow."""
        return self in (BackfillAction.STARTED, BackfillAction.UNDER_WAY)


def action_for(document: Document, link: DocumentLink, since: date | None) -> BackfillAction:
    """Return what to do with a document, by its status in Sequence and its link; `since` is an issue date.

    A settled document is left alone unless Sequence changed it since; an ignored one always. A document without issue
    date is never too early.
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
