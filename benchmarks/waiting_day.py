"""What a day costs of 10,000 documents that wait, half of them final and half sent and not paid: requests and signals.

The product's own comparison works against the stand-in of Sequence. Of Temporal it needs what it signals; a document
that waits has no timer and no activity (`tests/workflows/test_waiting.py`).
"""

from datetime import timedelta

from benchmarks import people
from benchmarks.figures import Figure
from benchmarks.house import House, house
from tests.doubles.sweeps import sequence_sweep
from xerosync.connection.connection import Connection
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, Kind
from xerosync.core.xero_records import XeroStatus
from xerosync.documents.messages import Release
from xerosync.documents.sequence_cursor import SequenceCursor
from xerosync.documents.views import XeroView

TITLE = "A day of documents that wait"
_REQUESTS = 200


class _Signals:
    """Counts what the sweep signals."""

    def __init__(self) -> None:
        self.count = 0

    async def signal(
        self, ref: DocumentRef, name: str, payload: XeroView | Release | None = None, *, number: str | None = None
    ) -> None:
        """Count a signal."""
        del ref, name, payload, number
        self.count += 1


async def measure(documents: int = 10_000) -> list[Figure]:
    """Let so many documents wait, and compare them with Sequence once."""
    async with house(report_payments=True) as at:
        refs = await at.bill(documents)
        for ref in refs[: documents // 2]:
            await people.send(at.sequence, ref)
        connection = await at.store.connection(at.account_id)
        for kind in Kind:
            async for page in at.billing.pages(kind, at.account_id):
                for document in page.documents:
                    await _wait(at, document, connection)
        now = at.time.now()
        await at.store.move_sequence_cursor(at.account_id, SequenceCursor(since=now, at=now - timedelta(days=1)))
        await people.forget_calls(at.sequence, at.xero)
        signals = _Signals()
        swept = await sequence_sweep(at.billing, at.store, signals, now=at.time.now).run(at.account_id)
        answer = await at.sequence.get("/_sandbox/journal/counts", params={"path": "/api"})
        requests = answer.raise_for_status().json()["total"]
    return [
        Figure("documents compared", swept.compared or 0),
        Figure("requests to Sequence", requests, at_most=_REQUESTS, note="each of up to 100 documents"),
        Figure("requests to Temporal", signals.count, at_most=0, note="nothing differs, so nothing is signalled"),
    ]


async def _wait(at: House, document: Document, connection: Connection | None) -> None:
    """Have a document in Xero as it stands in Sequence, where it waits to be sent or paid."""
    view = XeroView(
        xero_id=document.id,
        status=XeroStatus.AUTHORISED,
        sent=document.status is DocumentStatus.SENT,
        issue_date=document.issue_date,
        due_date=document.due_date,
        seen_at=at.time.now(),
        applied=document.header if document.status is DocumentStatus.SENT else None,
    )
    await at.store.change(document.ref, lambda link: link.read(document).seen(view).following(connection))
