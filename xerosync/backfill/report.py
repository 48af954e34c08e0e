"""What became of each document of a backfill, or would: the rows of its report. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from xerosync.backfill.plan import BackfillAction, action_for
from xerosync.core.base import Message
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.lifecycle import may_be_pushed
from xerosync.documents.link import DocumentLink
from xerosync.documents.views import SequenceView


class BackfillResult(StrEnum):
    """What became of a document, or would."""

    IN_XERO = "in Xero"
    ON_HOLD = "on hold"
    WAITS = "waits until it is sent"
    ON_ITS_WAY = "on its way"
    WOULD_GO = "would go"
    WOULD_HOLD = "would be on hold"
    DRAFT = "skipped: a draft"
    VOIDED = "skipped: voided"
    EARLIER = "skipped: issued earlier"
    IGNORED = "skipped: ignored"
    UNREADABLE = "not readable"


_SKIPPED = {
    BackfillAction.DRAFT: BackfillResult.DRAFT,
    BackfillAction.VOIDED: BackfillResult.VOIDED,
    BackfillAction.EARLIER: BackfillResult.EARLIER,
}


class BackfillRow(Message):
    """A row of the report. Amounts are in `currency`; `difference` is Xero's total less Sequence's, where not zero."""

    kind: Kind
    number: str | None = None
    document_id: str
    customer_id: str | None = None
    customer: str | None = None
    status: DocumentStatus | None = None
    currency: str | None = None
    total: Decimal | None = None
    became: BackfillResult
    alarm: bool = False
    holds: tuple[HoldReason, ...] = ()
    words: str = ""
    xero_id: str | None = None
    xero_total: Decimal | None = None
    difference: Decimal | None = None

    def ref(self, account_id: str) -> DocumentRef:
        """Return the document's name."""
        return DocumentRef(account_id=account_id, kind=self.kind, document_id=self.document_id)


COLUMNS = tuple(BackfillRow.model_fields)
"""Of the report as a file."""


def became(document: Document, link: DocumentLink, since: date | None, now: datetime) -> BackfillRow:
    """Return what became of a document until `now` (UTC), by what the store knows."""
    skipped = BackfillResult.IGNORED if link.ignored else _SKIPPED.get(action_for(document, link, since))
    if skipped and not link.xero:
        return _entry(document, skipped)
    hold, drift = link.current_hold, link.drift
    if hold:
        what = BackfillResult.ON_HOLD
    elif link.xero:
        what = BackfillResult.IN_XERO
    elif link.sequence and not may_be_pushed(SequenceView.of(document)):
        what = BackfillResult.WAITS
    else:
        what = BackfillResult.ON_ITS_WAY
    return _entry(document, what).model_copy(
        update={
            "alarm": link.is_alarm(now),
            "holds": (hold.reason,) if hold else (),
            "words": hold.sentence() if hold else "",
            "xero_id": link.xero.xero_id if link.xero else None,
            "xero_total": link.xero_total,
            "difference": drift.in_xero - drift.in_sequence if drift else None,
        }
    )


def expected(document: Document, refusals: Sequence[tuple[HoldReason, str]]) -> BackfillRow:
    """Return what would become of a document, by all that keeps it away: the holds, and what is to be said of each."""
    if refusals:
        holds = tuple(dict.fromkeys(reason for reason, _ in refusals))
        words = " ".join(words for _, words in refusals)
        return _entry(document, BackfillResult.WOULD_HOLD).model_copy(update={"holds": holds, "words": words})
    goes = may_be_pushed(SequenceView.of(document))
    return _entry(document, BackfillResult.WOULD_GO if goes else BackfillResult.WAITS)


def unreadable(kind: Kind, document_id: str) -> BackfillRow:
    """Return the row of a document that Sequence gave in a form nobody can read."""
    words = "Sequence's answer about it can't be read; the log says why."
    return BackfillRow(kind=kind, document_id=document_id, became=BackfillResult.UNREADABLE, words=words)


def cells(entry: BackfillRow) -> list[object]:
    """Return the row of a document, in the order of `COLUMNS`."""
    return list(entry.model_dump().values())


def _entry(document: Document, what: BackfillResult) -> BackfillRow:
    return BackfillRow(
        kind=document.kind,
        number=document.number,
        document_id=document.id,
        customer_id=document.customer_id,
        customer=document.customer_name,
        status=document.status,
        currency=document.currency,
        total=document.gross_total,
        became=what,
    )
