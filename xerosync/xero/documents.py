"""Xero's invoices and credit notes as activities use them: the adapter behind the port `Books`."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import structlog

from xerosync.connection.connection import Connection
from xerosync.core.documents import Document, DocumentRef, DocumentWithLines, Kind
from xerosync.core.errors import HoldError, MissingError, XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.core.text import fit, fit_shortened
from xerosync.core.xero_records import XeroDocument, XeroStatus
from xerosync.documents.header_change import HeaderChange
from xerosync.xero.calls.answer import write_json
from xerosync.xero.calls.caller import Caller
from xerosync.xero.calls.document_lookup import FindDocuments, best
from xerosync.xero.calls.group_commit import GroupCommit, Item
from xerosync.xero.calls.lists import PAGE_SIZE
from xerosync.xero.calls.transport import Call
from xerosync.xero.contacts import XeroContacts
from xerosync.xero.document_lists import DocumentLists
from xerosync.xero.errors import XeroMissingError, XeroRefusedError, XeroUnavailableError
from xerosync.xero.mapping import (
    Origins,
    document_payload,
    drafted_payload,
    header_payload,
    payload_digest,
    refusals,
)
from xerosync.xero.names import KINDS
from xerosync.xero.refusals import is_refused, refusal_of
from xerosync.xero.wire import elements, read_document

MAX_NOTE = 2500
"""Characters of a History note (Xero's limit)."""


_IN_FORCE = (XeroStatus.AUTHORISED, XeroStatus.PAID)


log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Batches:
    """The group commits of one kind of document, shared by all lanes."""

    create: GroupCommit[XeroDocument]
    change: GroupCommit[XeroDocument]
    find: GroupCommit[XeroDocument | None]
    finder: FindDocuments

    @property
    def are_idle(self) -> bool:
        """Whether no document of the kind waits for a call or is on its way."""
        return self.create.is_idle and self.change.is_idle and self.find.is_idle


class Draft(NamedTuple):
    """What would be sent to Xero, as far as it can be said, and why it can't be sent."""

    fields: dict[str, Any]
    refusals: tuple[HoldError, ...]


class XeroBooks:
    """Implements `Books` in one lane. `seen_at` is when a read was asked, or a write was sent (UTC).

    Notes, which nobody waits for, go through a caller of their own, which never waits for the rate limit.
    """

    def __init__(
        self,
        caller: Caller,
        courtesy: Caller,
        batches: Mapping[Kind, Batches],
        contacts: XeroContacts,
        origins: Origins,
    ) -> None:
        self._caller = caller
        self._contacts = contacts
        self._courtesy = courtesy
        self._batches = batches
        self._origins = origins

    def payload_digest(self, connection: Connection, document: DocumentWithLines, contact_id: str) -> str:
        """Return the SHA-256 of what `create` would send, after all checks. Raises HoldError like `create`."""
        return payload_digest(document_payload(document, connection, contact_id, self._origins))

    def draft(self, connection: Connection, document: DocumentWithLines, contact_id: str | None) -> Draft:
        """Return what `create` would send, and every reason why it would not. Nothing is asked of Xero."""
        return Draft(
            drafted_payload(document, connection, contact_id, self._origins), tuple(refusals(document, connection))
        )

    async def create(
        self, connection: Connection, document: DocumentWithLines, contact_id: str, *, send_before: datetime
    ) -> XeroDocument:
        """Create the document, AUTHORISED: with placeholder dates, or, if it is SENT, its own dates and sent.

        Raises:
            HoldError: Xero refused, or would refuse; nothing was created. NumberTakenError: the number is in use.
            RetryLaterError: `ambiguous` tells whether the document may be in Xero all the same. NotSentError, which
                is not: it could not leave before `send_before` (UTC).
        """
        payload = document_payload(document, connection, contact_id, self._origins)
        kind = document.document.kind
        mark = f"{document.document.ref} {payload_digest(payload)} {send_before.isoformat()}"
        item = Item(
            key=str(payload[KINDS[kind].number]), content=write_json(payload), send_before=send_before, mark=mark
        )
        return await self._batches[kind].create.submit(connection, item, self._caller.lane)

    async def find(self, connection: Connection, kind: Kind, number: str) -> XeroDocument | None:
        """Look a document up by its number; None where certainly no document in force or voided carries it.

        Raises:
            RetryLaterError: Xero could not look, or its answer is not whole.
            HoldError: Xero refuses to look this number up.
        """
        if number != fit(number):
            return None  # Xero can't keep such a number, so nothing there has it
        batches = self._batches[kind]
        if not batches.finder.can_find(number):
            return best(number, await DocumentLists(self._caller).numbered_like(connection, kind, number))
        return await batches.find.submit(connection, batches.finder.item(number), self._caller.lane)

    async def merged_into(self, connection: Connection, contact_id: str) -> str | None:
        """Return the ContactID that a contact was merged into in the end; None where it was not, or is not there."""
        try:
            contact = await self._contacts.follow(connection, contact_id)
        except MissingError:
            return None
        return contact.contact_id if contact.contact_id != contact_id else None

    def is_ours(self, found: XeroDocument, document: Document, contact_id: str | None) -> bool:
        """Whether a document found by its number is the one that we would have created.

        Number, contact, currency and net total must agree, for an invoice its Url, too. Not the gross total: Xero
        works the tax out by itself, and a difference there is drift, not another document.
        """
        url = self._origins.url(document)
        return (
            found.kind is document.kind
            and found.number == document.number
            and found.currency == document.currency
            and found.total - found.total_tax == document.net_total
            and contact_id in (None, found.contact_id)
            and (url is None or found.url == url)
        )

    def origin(self, found: XeroDocument) -> str | None:
        """Return the id of the document in Sequence that a document's address leads to; None where to none."""
        return self._origins.leads_to(found.kind, found.url)

    def differences(self, found: XeroDocument, document: Document, contact_id: str) -> Sequence[str]:
        """Say what speaks against a document of somebody else's, found by its number, being this one. None: it is.

        It must be approved, agree in number, contact, currency and both totals, and not lead to another place.
        """
        url = self._origins.url(document)
        is_elsewhere = bool(found.url) and found.url != url
        checks = (
            (found.status in _IN_FORCE, f"it is {found.status}, not approved"),
            (found.number == document.number, f"its number is written {found.number}"),
            (found.contact_id == contact_id, "it is another contact's than the one its customer is linked to"),
            (found.currency == document.currency, f"its currency is {found.currency}, not {document.currency}"),
            (found.total == document.gross_total, f"its total is {found.total:,}, not {document.gross_total:,}"),
            (
                found.total - found.total_tax == document.net_total,
                f"its net total is {found.total - found.total_tax:,}, not {document.net_total:,}",
            ),
            (not is_elsewhere, f"it leads to {found.url}"),
        )
        return [words for agrees, words in checks if not agrees]

    async def change_header(
        self, connection: Connection, change: HeaderChange, *, after_sweep: bool = False
    ) -> XeroDocument:
        """Write dates, reference and sent; lines are left alone. Return the document as Xero then has it.

        What follows from a change that a sweep saw in Xero (`after_sweep`) waits for others of that sweep, for a second
        and five at most: it is about what Xero shows already.

        Raises:
            HoldError: `frozen_by_payment`, `locked_period`, `removed_in_xero` or another refusal.
            RetryLaterError: Xero does not answer; the change may be written again as it is.
        """
        item = Item(key=change.xero_id, content=write_json(header_payload(change)))
        try:
            lane = Lane.SWEEP if after_sweep and self._caller.lane is Lane.LIVE else self._caller.lane
            return await self._batches[change.kind].change.submit(connection, item, lane)
        except XeroRefusedError as refusal:
            if refusal.reason is not HoldReason.REJECTED:
                raise
            found = await self._found(connection, change.kind, change.xero_id)
            raise _explained(refusal, found) from refusal
        except XeroMissingError as missing:
            await self._raise_if_removed(connection, change.kind, change.xero_id)
            raise XeroUnavailableError from missing

    async def void(self, connection: Connection, kind: Kind, xero_id: str) -> XeroDocument:
        """Void a document, or delete it where it was never approved; one that is gone already is returned as it is.

        Raises:
            HoldError: `frozen_by_payment`, `locked_period`, `removed_in_xero` (no trace of it) or another refusal.
            RetryLaterError: Xero does not answer; it may be tried again as it is.
        """
        try:
            answer = await self._set_status(connection, kind, xero_id, XeroStatus.VOIDED)
        except XeroRefusedError as refusal:
            found = await self._found(connection, kind, xero_id)
            if found is None or not (found.status.is_gone or found.status.is_unapproved):
                raise _explained(refusal, found) from refusal
            answer = found
        except XeroMissingError as missing:
            await self._raise_if_removed(connection, kind, xero_id)
            raise XeroUnavailableError from missing
        if answer.status.is_unapproved:
            return await self._set_status(connection, kind, xero_id, XeroStatus.DELETED)
        return answer

    async def allocate(
        self, connection: Connection, credit_note_id: str, invoice_id: str, *, amount: Decimal, day: date
    ) -> None:
        """Set an amount of a credit note, in its currency, against an invoice; one call for one allocation.

        Where two such calls take all that is open on one side, Xero refuses the second: nothing is left for it.

        Raises:
            HoldError: Xero refuses; its words say why. MissingError: there is no such credit note.
            RetryLaterError: it may have happened all the same; the credit note's Allocations show it.
        """
        body = {"Allocations": [{"Amount": amount, "Date": day.isoformat(), "Invoice": {"InvoiceID": invoice_id}}]}
        path = f"{KINDS[Kind.CREDIT_NOTE].path}/{credit_note_id}/Allocations"
        answer = await self._caller.call(connection, Call("PUT", path, {"summarizeErrors": "false"}, write_json(body)))
        for element in elements(answer, "Allocations"):
            if is_refused(element) or element.get("ValidationErrors"):
                raise refusal_of(element)

    async def get(self, connection: Connection, kind: Kind, xero_id: str) -> XeroDocument:
        """Return a document by its id. Raises MissingError where there is none."""
        names = KINDS[kind]
        answer = await self._caller.call(connection, Call("GET", f"{names.path}/{xero_id}"))
        found = elements(answer, names.plural)
        if not found:
            raise XeroUnavailableError(f"Xero's answer does not hold the {kind.words} that was asked for.")
        return read_document(kind, found[0], answer.sent_at)

    def changed_since(
        self, connection: Connection, kind: Kind, since: datetime | None, *, page_size: int = PAGE_SIZE
    ) -> AsyncGenerator[Sequence[XeroDocument]]:
        """Return pages of the documents that Xero stamped since (UTC, to the second); all of them without."""
        return DocumentLists(self._caller, page_size).changed_since(connection, kind, since)

    def unpaid_since(
        self, connection: Connection, kind: Kind, since: date, *, page_size: int = PAGE_SIZE
    ) -> AsyncGenerator[Sequence[XeroDocument]]:
        """Return pages of the documents that are approved, not paid in full, and dated on that day or later."""
        return DocumentLists(self._caller, page_size).unpaid_since(connection, kind, since)

    async def note(self, connection: Connection, kind: Kind, xero_id: str, text: str) -> None:
        """Add a note to the History of a document, unless the rate limit would make it wait."""
        body = write_json({"HistoryRecords": [{"Details": fit_shortened(text, MAX_NOTE)}]})
        await self._courtesy.call(connection, Call("PUT", f"{KINDS[kind].path}/{xero_id}/History", body=body))

    async def note_origin(
        self, connection: Connection, ref: DocumentRef, number: str | None, xero_id: str, *, by_sweep: bool = False
    ) -> bool:
        """Note the way back to Sequence on a credit note, which has no Url; tell whether nothing is left to do.

        It is a whole call for one document, and nobody waits for it: right after a push it is left out while other
        calls are more urgent, and a sweep takes what is left to bulk work. That Xero does not take it fails nothing.
        After a lost answer the note may stand there twice, which does no harm.
        """
        text = self._origins.note(ref, number)
        if text is None:
            return True
        has_room = by_sweep or self._courtesy.has_room(connection)
        if not (has_room and all(it.are_idle for it in self._batches.values())):
            log.info("origin not noted", xero_id=xero_id, reason="other calls are more urgent")
            return False
        try:
            await self.note(connection, ref.kind, xero_id, text)
        except XerosyncError as error:
            log.warning("origin not noted", xero_id=xero_id, reason=type(error).__name__)
            return False
        return True

    async def _set_status(self, connection: Connection, kind: Kind, xero_id: str, status: XeroStatus) -> XeroDocument:
        item = Item(key=xero_id, content=write_json({KINDS[kind].id: xero_id, "Status": status.value}))
        return await self._batches[kind].change.submit(connection, item, self._caller.lane)

    async def _raise_if_removed(self, connection: Connection, kind: Kind, xero_id: str) -> None:
        """Ask for the document itself: that Xero did not find the list to write to says nothing about it."""
        if await self._found(connection, kind, xero_id) is None:
            raise XeroRefusedError(HoldReason.REMOVED_IN_XERO, "Xero has no such document any more.")

    async def _found(self, connection: Connection, kind: Kind, xero_id: str) -> XeroDocument | None:
        try:
            return await self.get(connection, kind, xero_id)
        except MissingError:
            return None


def _explained(refusal: XeroRefusedError, found: XeroDocument | None) -> XeroRefusedError:
    """Return a refusal with the reason that the document itself shows, where Xero's words name none."""
    if refusal.reason is not HoldReason.REJECTED:
        return refusal
    if found is None or found.status.is_gone:
        return XeroRefusedError(HoldReason.REMOVED_IN_XERO, refusal.words)
    if found.is_frozen:
        return XeroRefusedError(HoldReason.FROZEN_BY_PAYMENT, refusal.words)
    return refusal
