"""`resync`: read a document on both sides again, and let its workflow act on what is there. Nothing is forgotten."""

from datetime import UTC, datetime

from xerosync.cli.adopt import connection_of, in_sequence, refusals_in_words
from xerosync.cli.app import Account, Json, WithServices
from xerosync.cli.app import Document as DocumentName
from xerosync.cli.naming import named
from xerosync.cli.terminal import console, print_json
from xerosync.connection.connection import Connection
from xerosync.core.documents import Document
from xerosync.core.errors import MissingError
from xerosync.core.xero_records import XeroDocument, XeroStatus
from xerosync.documents.link import DocumentLink
from xerosync.documents.timeline import asked
from xerosync.documents.views import XeroView
from xerosync.services import Services


async def resync(*document: DocumentName, account: Account = None, json: Json = False, services: WithServices) -> None:
    """Read a document on both sides again, and act on what is there. Nothing is forgotten, nothing is doubled."""
    # How Xero shows it is merged like what a sweep saw. One that is not linked is only looked up, for the person to
    # see: the workflow finds, checks and takes it over by itself.
    ref = await named(services, document, account)
    link = await services.store.document(ref)
    ours = await in_sequence(services, ref)
    connection = await connection_of(services, link)
    with refusals_in_words():
        found = await _in_xero(services, connection, ours, link)
    await services.store.tell(ref, asked("resync"))
    if link.xero:
        view = _view(link.xero, found)
        await services.workflows.signal(ref, "changed_in_xero", view)
        await services.store.change(ref, lambda link: link.seen(view))
    await services.workflows.signal(ref, "amended")
    if json:
        fields = {"xero_id", "number", "status", "sent", "issue_date", "due_date", "total", "currency"}
        shown = found.model_dump(mode="json", include=fields) if found else None
        print_json({"document": str(ref), "in_sequence": ours.status, "in_xero": shown})
        return
    console.print(
        f"{ours.number or ref} is {ours.status} in Sequence; in Xero {_in_words(found)}. Its workflow acts on "
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
