"""A document is read on both sides again, and its workflow acts on what is there. Nothing is forgotten."""

from typing import NamedTuple

from xerosync.connection.connection import Connection
from xerosync.core.clock import utc_now
from xerosync.core.documents import Document, DocumentRef
from xerosync.core.errors import MissingError
from xerosync.core.money import money_words
from xerosync.core.rate_limits import Lane
from xerosync.core.xero_records import XeroDocument, XeroStatus
from xerosync.documents.link import DocumentLink
from xerosync.documents.ports import Books
from xerosync.documents.timeline import asked
from xerosync.documents.views import XeroView
from xerosync.operations.reading_documents import connection_of, in_sequence, refusals_in_words
from xerosync.services import Services


class BothRead(NamedTuple):
    """A document as both sides showed it just now; `found` is None where Xero has none."""

    document: Document
    found: XeroDocument | None

    def sentence(self) -> str:
        """Return both in words."""
        name = self.document.number or self.document.ref
        return f"{name} is {self.document.status} in Sequence; in Xero {_in_words(self.found)}."


async def resync(services: Services, ref: DocumentRef, lane: Lane = Lane.LIVE) -> BothRead:
    """Read a document on both sides again, and let its workflow act on what is there; return that.

    How Xero shows it is merged like what a sweep saw. One that is not linked is only looked up, for the person to see:
    the workflow finds, checks and takes it over by itself.

    Raises:
        MisconfiguredError: the account is not connected, or Xero refuses.
        MissingError: Sequence does not have it.
        RetryLaterError: a side does not answer.
    """
    link = await services.store.document(ref)
    ours = await in_sequence(services, ref, lane)
    connection = await connection_of(services, link)
    with refusals_in_words():
        found = await _in_xero(services.xero.books(lane), connection, ours, link)
    await services.store.add_entry(ref, asked("resync"))
    if link.xero:
        view = _view(link.xero, found)
        await services.workflows.signal(ref, "changed_in_xero", view, number=link.number)
        await services.store.change(ref, lambda link: link.seen(view).showing(found) if found else link.seen(view))
    await services.workflows.signal(ref, "amended", number=link.number)
    return BothRead(ours, found)


async def _in_xero(books: Books, connection: Connection, document: Document, link: DocumentLink) -> XeroDocument | None:
    if link.xero is None:
        return await books.find(connection, document.kind, document.number) if document.number else None
    try:
        return await books.get(connection, document.kind, link.xero.xero_id)
    except MissingError:
        return None


def _view(known: XeroView, found: XeroDocument | None) -> XeroView:
    """Return how Xero shows it now; without a trace it counts as deleted there."""
    if found is None:
        return known.model_copy(update={"status": XeroStatus.DELETED, "seen_at": utc_now()})
    return XeroView.of(found, None).with_writes_of(known)


def _in_words(found: XeroDocument | None) -> str:
    if found is None:
        return "there is none"
    sent = "sent" if found.sent else "not sent"
    return f"it is {found.status}, {sent}, dated {found.issue_date}, {money_words(found.total, found.currency)}"
