"""A person says which document of Xero is one of Sequence's, although not everything agrees.

`candidate` shows what that would mean and changes nothing; `adopt` does it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from xerosync.connection.connection import Connection
from xerosync.core.clock import utc_now
from xerosync.core.documents import Document, DocumentRef, DocumentStatus
from xerosync.core.errors import MisconfiguredError, MissingError, RetryLaterError
from xerosync.core.owed import owing, signal_of
from xerosync.core.xero_records import XeroDocument, XeroStatus
from xerosync.documents.header_change import view_of_ours
from xerosync.documents.link import DocumentLink
from xerosync.documents.timeline import asked
from xerosync.faultpoints import FaultPoint, reach
from xerosync.operations.as_seen import check_as_seen
from xerosync.operations.reading_documents import connection_of, in_sequence, refusals_in_words
from xerosync.services import Services

_IN_FORCE = (XeroStatus.AUTHORISED, XeroStatus.PAID)


class NotAdoptedError(MisconfiguredError):
    """The document in Xero can't be the one in Sequence."""


class Candidate(NamedTuple):
    """A document of Xero that may be one of Sequence's, and what differs, a sentence each."""

    connection: Connection
    document: Document
    read_at: datetime
    found: XeroDocument
    differences: Sequence[str]


async def candidate(
    services: Services, ref: DocumentRef, xero_id: str | None, *, as_seen: str | None = None
) -> Candidate:
    """Return the document of Xero with an id, or, without one, with the number, and what differs. Nothing is changed.

    Raises:
        NotAdoptedError: it can't be that one; says why.
        RetryLaterError: a side does not answer, or the document is being created at this moment.
        ChangedMeanwhileError: it is not any more as the person saw it.
    """
    link = check_as_seen(await services.store.document(ref), as_seen)
    read_at = utc_now()
    ours = await in_sequence(services, ref)
    _check_ours(ours, link)
    connection = await connection_of(services, link)
    with refusals_in_words():
        found = await _found(services, connection, ours, xero_id)
    await _check_theirs(services, connection, ours, found)
    contact_id = await services.store.contact_of(ref.account_id, ours.customer_id)
    differences = services.xero.books().differences(found, ours, contact_id or "")
    return Candidate(connection, ours, read_at, found, differences)


async def adopt(services: Services, ref: DocumentRef, xero_id: str | None, *, as_seen: str | None = None) -> Candidate:
    """Say that a document of Xero is this one, whatever differs; return it. Nothing is changed in Xero.

    It must be there, in force, and of the same number. What differs is kept in the timeline, with who decided.
    Raises like `candidate`.
    """
    chosen = await candidate(services, ref, xero_id, as_seen=as_seen)
    found = chosen.found
    await services.store.add_entry(ref, asked(f"adopt {found.xero_id}", "; ".join(chosen.differences)))
    async with owing(services.store, signal_of(ref)):
        with refusals_in_words():
            linked = await _link(services, chosen)
        if linked.xero is None or linked.xero.xero_id != found.xero_id:
            raise RetryLaterError(_ON_ITS_WAY.format(_name(chosen.document)))
        reach(FaultPoint.DOCUMENT_STORED)
        await services.workflows.signal(ref, "amended", number=chosen.document.number)
    return chosen


_ON_ITS_WAY = "{} is on its way to Xero at this moment: check its `status` in a minute, and adopt it then."


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
        # Whoever reads this may not see that account.
        is_ours = account_id == document.account_id
        other = f"{document_id} of Sequence" if is_ours else "a document of another Sequence account"
        raise NotAdoptedError(f"{theirs} is linked to {other} already.")


async def _link(services: Services, chosen: Candidate) -> DocumentLink:
    document, found, connection = chosen.document, chosen.found, chosen.connection
    view = view_of_ours(found, document)

    def adopted(link: DocumentLink) -> DocumentLink:
        read = link.read(document, chosen.read_at).following(connection)
        return read.adopted(view, found.total, connection.tenant_id, connection.short_code).showing(found)

    return await services.store.change(document.ref, adopted)


def _name(document: Document) -> str:
    return document.number or str(document.ref)
