"""`resync`: read a document afresh on both sides, and let its workflow act on what is there. Nothing is forgotten."""

from collections.abc import Sequence
from datetime import UTC, datetime

from xerosync.cli.adopt import connection_of, in_sequence, telling_refusals
from xerosync.cli.naming import named
from xerosync.cli.terminal import console, print_json
from xerosync.connection.connection import Connection
from xerosync.core.documents import Document
from xerosync.core.errors import MissingError
from xerosync.core.xero_records import XeroDocument, XeroStatus
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import XeroView
from xerosync.documents.timeline import asked
from xerosync.services import Services


async def resync(services: Services, words: Sequence[str], *, as_json: bool) -> None:
    """Read a document in Sequence, and in Xero by its id, else by its number; tell its workflow.

    How Xero shows it is merged like what a sweep saw. One that is not linked is only looked up, for the person to see:
    the workflow finds, checks and takes over by itself.
    """
    ref = await named(services, words)
    link = await services.store.document(ref)
    document = await in_sequence(services, ref)
    connection = await connection_of(services, link)
    with telling_refusals():
        found = await _in_xero(services, connection, document, link)
    await services.store.tell(ref, asked("resync"))
    if link.xero:
        view = _view(link.xero, found)
        await services.workflows.signal(ref, "changed_in_xero", view)
        await services.store.change(ref, lambda link: link.seen(view))
    await services.workflows.signal(ref, "amended")
    if as_json:
        fields = {"xero_id", "number", "status", "sent", "issue_date", "due_date", "total", "currency"}
        shown = found.model_dump(mode="json", include=fields) if found else None
        print_json({"document": str(ref), "in_sequence": document.status, "in_xero": shown})
        return
    console.print(
        f"{document.number or ref} is {document.status} in Sequence; in Xero {_in_words(found)}. Its workflow acts on "
        "that; `status` shows what comes of it.",
        markup=False,
    )


async def _in_xero(
    services: Services, connection: Connection, document: Document, link: DocumentLink
) -> XeroDocument | None:
    books = services.xero.books()
    if link.xero is None:
        return await books.find(connection, document.kind, document.number) if document.number else None
    try:
        return await books.get(connection, document.kind, link.xero.xero_id)
    except MissingError:
        return None


def _view(known: XeroView, found: XeroDocument | None) -> XeroView:
    """Return how Xero shows it now; without a trace it counts as deleted there."""
    if found is None:
        return known.model_copy(update={"status": XeroStatus.DELETED, "seen_at": datetime.now(UTC)})
    return XeroView.of(found, None).with_writes_of(known)


def _in_words(found: XeroDocument | None) -> str:
    if found is None:
        return "there is none"
    sent = "sent" if found.sent else "not sent"
    return f"it is {found.status}, {sent}, dated {found.issue_date}, {found.total} {found.currency}"
