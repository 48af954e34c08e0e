"""`adopt`: a person says which document of Xero is one of Sequence's, although not everything agrees.

What commands that read a document on both sides share: its connection, and Xero's refusals in a sentence.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter

from xerosync.cli.app import Account, Flag, Json, WithServices
from xerosync.cli.naming import named, split
from xerosync.cli.terminal import console, print_json
from xerosync.connection.connection import Connection
from xerosync.core.documents import Document, DocumentRef, DocumentStatus
from xerosync.core.errors import HoldError, MisconfiguredError, MissingError, RetryLaterError
from xerosync.core.owed import owing, signal_of
from xerosync.core.xero_records import XeroDocument, XeroStatus
from xerosync.documents.header_change import view_of_ours
from xerosync.documents.link import DocumentLink
from xerosync.documents.timeline import asked
from xerosync.faultpoints import FaultPoint, reach
from xerosync.operations.defaults import connected
from xerosync.services import Services


async def connection_of(services: Services, link: DocumentLink) -> Connection:
    """Return the connection by which a document is reached in Xero.

    Raises:
        MisconfiguredError: the account is not connected, or not to the organisation whose books the document is in.
    """
    connection = await connected(services, link.ref.account_id)
    if link.is_elsewhere(connection.tenant_id):
        raise MisconfiguredError(
            f"The {link.ref} is in the books of the organisation that the account was connected to before: connect it "
            "to that one again, leave the document as it is there, or, if those books are gone, see `push-again`."
        )
    return connection


async def in_sequence(services: Services, ref: DocumentRef) -> Document:
    """Read a document in Sequence. Raises MissingError where Sequence does not have it."""
    try:
        return await services.billing.document(ref)
    except MissingError:
        raise MissingError(f"Sequence does not have {ref} any more: was it a draft that was deleted?") from None


@contextmanager
def refusals_in_words() -> Generator[None]:
    """Turn what Xero refuses a command into one sentence."""
    try:
        yield
    except HoldError as refusal:
        raise MisconfiguredError(refusal.reason.sentence(refusal.words)) from refusal


_IN_FORCE = (XeroStatus.AUTHORISED, XeroStatus.PAID)


class NotAdoptedError(MisconfiguredError):
    """The document in Xero can't be the one in Sequence."""


async def adopt(
    *document: Annotated[str, Parameter(help="the document as in `status`, and behind it the id of the one in Xero")],
    number: Flag = False,
    account: Account = None,
    json: Json = False,
    services: WithServices,
) -> None:
    """Say that a document in Xero is this one, although something differs: `adopt INV-1 ID`, or `adopt INV-1 --number`.

    It must be there, in force, and of the same number. What else differs is shown and kept in the document's timeline,
    with who decided. Nothing is changed in Xero.

    Args:
        number: the one in Xero that has its number

    Raises:
        NotAdoptedError: it can't be that one; says why.
    """
    name, rest = split(document)
    if len(rest) != (0 if number else 1):
        raise NotAdoptedError("Say which document of Xero it is: its id behind the document, or --number.")
    ref = await named(services, name, account)
    link = await services.store.document(ref)
    asked_at = datetime.now(UTC)
    ours = await in_sequence(services, ref)
    _check_ours(ours, link)
    connection = await connection_of(services, link)
    with refusals_in_words():
        found = await _found(services, connection, ours, None if number else rest[0])
    await _check_theirs(services, connection, ours, found)
    contact_id = await services.store.contact_of(ref.account_id, ours.customer_id)
    differences = services.xero.books().differences(found, ours, contact_id or "")
    await services.store.tell(ref, asked(f"adopt {found.xero_id}", "; ".join(differences)))
    async with owing(services.store, signal_of(ref)):
        with refusals_in_words():
            linked = await _link(services, connection, ours, found, asked_at)
        if linked.xero is None or linked.xero.xero_id != found.xero_id:
            raise RetryLaterError(_ON_ITS_WAY.format(_name(ours)))
        reach(FaultPoint.DOCUMENT_STORED)
        await services.workflows.signal(ref, "amended")
    if json:
        print_json({"document": str(ref), "xero_id": found.xero_id, "differences": differences})
        return
    although = f", although {'; '.join(differences)}" if differences else "; nothing of it differs"
    console.print(
        f"{_name(ours)} is {found.xero_id} in Xero from now on{although}. `status` shows what comes of it.",
        markup=False,
    )


_ON_ITS_WAY = "{} is on its way to Xero at this moment: look at its `status` in a minute, and adopt it then."


def _check_ours(document: Document, link: DocumentLink) -> None:
    name = _name(document)
    if document.status not in (DocumentStatus.FINAL, DocumentStatus.SENT):
        raise NotAdoptedError(f"{name} is {document.status} in Sequence: only what is FINAL or SENT is in Xero.")
    if link.xero:
        raise NotAdoptedError(f"{name} is in Xero already, as {link.xero.xero_id}: `status` shows both sides.")
    if link.intent:
        raise RetryLaterError(_ON_ITS_WAY.format(name))


async def _found(services: Services, connection: Connection, document: Document, xero_id: str | None) -> XeroDocument:
    books, kind, number = services.xero.books(), document.kind, document.number or ""
    if xero_id:
        try:
            return await books.get(connection, kind, xero_id)
        except MissingError:
            raise NotAdoptedError(
                f"Xero has no {kind.words} {xero_id}: the id is the last part of its address."
            ) from None
    found = await books.find(connection, kind, number)
    if found is None:
        raise NotAdoptedError(f"Xero has no {kind.words} with the number {number}: `retry` creates it.")
    return found


async def _check_theirs(services: Services, connection: Connection, document: Document, found: XeroDocument) -> None:
    name, theirs = _name(document), f"The {found.kind.words} {found.xero_id} in Xero"
    if found.number != document.number:
        raise NotAdoptedError(f"{theirs} has the number {found.number}, not {document.number}: correct it there first.")
    if found.status not in _IN_FORCE:
        raise NotAdoptedError(f"{theirs} is {found.status}: only an approved one can be {name}.")
    claims = await services.store.claims(connection.tenant_id, found.kind, [found.xero_id])
    if found.xero_id in claims:
        account_id, document_id = claims[found.xero_id]
        other = DocumentRef(account_id=account_id, kind=found.kind, document_id=document_id)
        raise NotAdoptedError(f"{theirs} is linked to {other} of account {account_id} already.")


async def _link(
    services: Services, connection: Connection, document: Document, found: XeroDocument, asked_at: datetime
) -> DocumentLink:
    view, tenant_id, short_code = view_of_ours(found, document), connection.tenant_id, connection.short_code

    def adopted(link: DocumentLink) -> DocumentLink:
        read = link.read(document, asked_at).following(connection)
        return read.adopted(view, found.total, tenant_id, short_code)

    return await services.store.change(document.ref, adopted)


def _name(document: Document) -> str:
    return document.number or str(document.ref)
