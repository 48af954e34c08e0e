"""Documents as CSV for a spreadsheet: streamed, and no cell of it is taken for a formula."""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence

from xerosync.core.clock import utc_now
from xerosync.documents.link import DocumentLink
from xerosync.operations.spreadsheet import as_csv, csv_lines

_HEADER = (
    "kind", "number", "id", "customer", "customer id", "currency", "total", "total in Xero", "status in Sequence",
    "status in Xero", "sent in Xero", "issue date in Sequence", "due date in Sequence", "issue date in Xero",
    "due date in Xero", "id in Xero", "state", "alarm", "hold", "words of the hold", "on hold since (UTC)", "ignored",
    "last change (UTC)",
)  # fmt: skip


async def csv_of(pages: AsyncIterable[Sequence[DocumentLink]]) -> AsyncGenerator[str]:
    """Return the lines of documents, page by page, with a header."""
    yield as_csv(_HEADER, ())
    async for links in pages:
        yield csv_lines(_row(link) for link in links)


def _row(link: DocumentLink) -> Sequence[object]:
    ours, xero, hold = link.sequence, link.xero, link.current_hold
    header = ours.header if ours else None
    return (
        link.ref.kind.value, link.number, link.ref.document_id, link.customer_name, link.customer_id, link.currency,
        link.gross_total, link.xero_total, ours.status if ours else None, xero.status if xero else None,
        ("yes" if xero.sent else "no") if xero else None, header.issue_date if header else None,
        header.due_date if header else None, xero.issue_date if xero else None, xero.due_date if xero else None,
        xero.xero_id if xero else None, link.state.value, "yes" if link.is_alarm(utc_now()) else "no",
        hold.reason.value if hold else None, hold.words if hold else None,
        f"{hold.since:%Y-%m-%d %H:%M:%S}" if hold else None, link.ignored.because if link.ignored else None,
        f"{link.updated_at:%Y-%m-%d %H:%M:%S}" if link.updated_at else None,
    )  # fmt: skip
