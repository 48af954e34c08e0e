"""An account whose documents are compared with Sequence's lists, and the requests that it costs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.doubles.memory import MemoryStore
from tests.doubles.sweeps import sequence_sweep
from tests.workflows.world import MemoryBilling, invoice
from xerosync.core.documents import (
    EVERY_DOCUMENT,
    Document,
    DocumentFilter,
    DocumentPage,
    DocumentRef,
    DocumentStatus,
    Kind,
    PaymentStatus,
)
from xerosync.core.errors import RetryLaterError
from xerosync.core.rate_limits import Lane
from xerosync.core.xero_records import XeroStatus
from xerosync.documents.messages import Release, SequenceSweepResult
from xerosync.documents.sequence_cursor import SequenceCursor
from xerosync.documents.views import XeroView

CONNECTED = datetime(2026, 3, 1, 9, tzinfo=UTC)
TODAY = datetime(2026, 3, 20, 0, 5, tzinfo=UTC)
DAY = timedelta(days=1)
AGAIN = Release(lane=Lane.BULK, is_retry=True)


@dataclass
class PagedBilling(MemoryBilling):
    """Sequence with lists of 100 documents a page; a document was sent on its issue date unless `sent_on` says when."""

    sent_on: dict[str, date] = field(default_factory=dict[str, date])
    garbled: set[str] = field(default_factory=set[str])

    async def pages(
        self, kind: Kind, account_id: str, only: DocumentFilter = EVERY_DOCUMENT, *, newest_first: bool = False
    ) -> AsyncIterator[DocumentPage]:
        if self.is_down:
            raise RetryLaterError("Sequence does not answer.")
        of_kind = [each for each in self.documents.values() if (each.kind, each.account_id) == (kind, account_id)]
        listed = [each for each in of_kind if self._passes(each, only)]
        listed = listed[::-1] if newest_first else listed
        for start in range(0, max(len(listed), 1), 100):
            self.pages_read += 1
            page = listed[start : start + 100]
            yield DocumentPage(
                documents=tuple(each for each in page if each.id not in self.garbled),
                unreadable=tuple(each.id for each in page if each.id in self.garbled),
                total=len(listed),
            )

    def _passes(self, document: Document, only: DocumentFilter) -> bool:
        if only.status not in (None, document.status):
            return False
        if only.not_paid and document.payment_status is PaymentStatus.PAID:
            return False
        sent_on = self.sent_on.get(document.id, document.issue_date)
        is_sent = document.status is DocumentStatus.SENT and sent_on is not None
        return only.sent_after is None or (is_sent and sent_on > only.sent_after)


class DiedError(Exception):
    """The process died."""


@dataclass
class Account:
    """An account with what waits in it, and the signals that its workflows got."""

    billing: PagedBilling = field(default_factory=PagedBilling)
    store: MemoryStore = field(default_factory=MemoryStore)
    signals: list[tuple[str, str, Any]] = field(default_factory=list[tuple[str, str, Any]])
    now: datetime = TODAY
    dies_after: int | None = None
    waits_for: list[float] = field(default_factory=list[float])
    """The seconds that a sweep waited before it asked again."""

    async def signal(self, ref: DocumentRef, name: str, payload: object = None, *, number: str | None = None) -> None:
        del number
        if self.dies_after is not None and len(self.signals) >= self.dies_after:
            raise DiedError
        self.signals.append((ref.document_id, name, payload))

    @property
    def signalled(self) -> set[str]:
        return {document_id for document_id, *_ in self.signals}

    async def waits(self, document: Document, *, is_pushed: bool = True) -> DocumentRef:
        """Have a document known as it stands in Sequence, and in Xero."""
        self.billing.put(document)
        view = XeroView(xero_id=f"x-{document.id}", status=XeroStatus.AUTHORISED, sent=False, seen_at=CONNECTED)
        await self.store.change(
            document.ref, lambda link: link.read(document).seen(view) if is_pushed else link.read(document)
        )
        return document.ref

    async def sweep(self) -> SequenceSweepResult:
        async def sleep(seconds: float) -> None:
            self.waits_for.append(seconds)

        return await sequence_sweep(self.billing, self.store, self, now=lambda: self.now, sleep=sleep).run("acme")

    async def compared(self, at: datetime) -> None:
        await self.store.move_sequence_cursor("acme", SequenceCursor(since=CONNECTED, at=at))


def final(name: str, **update: object) -> Document:
    return invoice(**{"id": name, "number": name, "created_at": CONNECTED + DAY, **update})
