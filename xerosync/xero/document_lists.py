"""Lists of Xero's invoices and credit notes, read to their end."""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import structlog

from xerosync.connection.connection import Connection
from xerosync.core.documents import Kind
from xerosync.core.xero_records import XeroDocument, XeroStatus
from xerosync.xero.calls.caller import Caller
from xerosync.xero.calls.lists import PAGE_SIZE, containing
from xerosync.xero.errors import XeroUnavailableError
from xerosync.xero.names import KINDS
from xerosync.xero.wire import sales_documents

_Read = Callable[[Kind, Sequence[dict[str, Any]], datetime], Iterator[XeroDocument]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DocumentLists:
    """Reads the lists of an organisation's documents, in one lane. Raises as `lists.read_page`."""

    caller: Caller
    page_size: int = PAGE_SIZE

    def changed_since(
        self, connection: Connection, kind: Kind, since: datetime | None
    ) -> AsyncGenerator[Sequence[XeroDocument]]:
        """Return pages of the documents that Xero stamped since (UTC, to the second); all of them without."""
        return self._pages(connection, kind, f'Type=="{KINDS[kind].type}"', since)

    def unpaid_since(self, connection: Connection, kind: Kind, since: date) -> AsyncGenerator[Sequence[XeroDocument]]:
        """Return pages of the documents that are approved, not paid in full, and dated on that day or later."""
        where = f'Type=="{KINDS[kind].type}" && Date>=DateTime({since.year},{since.month:02},{since.day:02})'
        if kind is Kind.CREDIT_NOTE:
            # Only invoices have the parameter Statuses.
            return self._pages(connection, kind, f'{where} && Status=="AUTHORISED"', None)
        return self._pages(connection, kind, where, None, more={"Statuses": XeroStatus.AUTHORISED.value})

    async def numbered_like(self, connection: Connection, kind: Kind, number: str) -> Sequence[XeroDocument]:
        """Return all documents whose number has the parts of this one; one of them can't be left out unread."""
        where = containing(KINDS[kind].number, number)
        pages = self._pages(connection, kind, where, None, read=sales_documents)
        return [document async for page in pages for document in page]

    async def _pages(
        self,
        connection: Connection,
        kind: Kind,
        where: str,
        since: datetime | None,
        *,
        more: Mapping[str, str] = MappingProxyType({}),
        read: _Read | None = None,
    ) -> AsyncGenerator[Sequence[XeroDocument]]:
        """Read a list to its end.

        What changes while the pages are read moves to the end and would shift the rest by one. So the next page
        is asked for by the last stamp seen, not by its number; a document may therefore come twice, never not at all.
        """
        names, number = KINDS[kind], 1
        params = {**more, "where": where, "order": "UpdatedDateUTC ASC"}
        while True:
            page = await self.caller.page(
                connection, names.plural, params, number, size=self.page_size, modified_since=since
            )
            documents = list((read or _readable)(kind, page.records, page.asked_at))
            yield documents
            if page.is_last:
                return
            if not documents:
                number += 1
                continue
            # One second back: whether Xero's "since" includes its own second is not published.
            reached = documents[-1].updated_at.replace(microsecond=0) - timedelta(seconds=1)
            if since is None or reached > since:
                since, number = reached, 1
            else:
                number += 1


def _readable(kind: Kind, found: Sequence[dict[str, Any]], seen_at: datetime) -> Iterator[XeroDocument]:
    """Read the elements of a list; one that is not as Xero documents it, most likely nobody of ours, is left out."""
    for element in found:
        try:
            yield from sales_documents(kind, [element], seen_at)
        except XeroUnavailableError:
            log.warning("document not readable", xero_id=element.get(KINDS[kind].id))
