"""From a document of Sequence to what Xero is asked to keep. Pure: no clock, no network, no guess.

    placeholder dates, not sent      until the document is SENT in Sequence
    its own dates, SentToContact     from then on

Dates are plain YYYY-MM-DD, because a time would be converted. Contact carries the ContactID alone: any other field
would edit the contact.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from xerosync.connection.connection import Connection
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, DocumentWithLines, Kind
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.text import REPLACEMENT, fit, fit_shortened, length
from xerosync.core.xero_records import PLACEHOLDER, XeroStatus
from xerosync.documents.header_change import HeaderChange
from xerosync.xero.calls.answer import write_json
from xerosync.xero.lines import line_items, line_refusals
from xerosync.xero.names import KINDS

MAX_REFERENCE = 255
"""Characters of a document's Reference and number (Xero's limit), counted as `text.length` does."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Where people see documents in Sequence: addresses with `{id}` for the document's id; None where unknown."""

    invoice: str | None = None
    credit_note: str | None = None

    def url(self, document: Document) -> str | None:
        """Return what Xero shows as the way back on an invoice; a credit note has no such field."""
        return self._address(document.ref) if document.kind is Kind.INVOICE else None

    def note(self, ref: DocumentRef, number: str | None) -> str | None:
        """Return what a credit note's History says of its origin; an invoice has its Url."""
        if ref.kind is Kind.INVOICE:
            return None
        address = self._address(ref)
        return f"Sequence credit note {number or ref.document_id}" + (f": {address}" if address else "")

    def leads_to(self, kind: Kind, url: str | None) -> str | None:
        """Return the id of the document in Sequence whose address that is; None for any other place."""
        template = self.invoice if kind is Kind.INVOICE else self.credit_note
        before, _, after = (template or "").partition("{id}")
        if not before or not url or not url.startswith(before) or not url.endswith(after):
            return None
        found = url[len(before) : len(url) - len(after)]
        return unquote(found) if found and "/" not in found else None

    def _address(self, ref: DocumentRef) -> str | None:
        template = self.invoice if ref.kind is Kind.INVOICE else self.credit_note
        return template.replace("{id}", quote(ref.document_id, safe="")) if template else None


def document_payload(
    whole: DocumentWithLines, connection: Connection, contact_id: str, origins: Origins
) -> dict[str, Any]:
    """Return the element of a create, AUTHORISED.

    Raises:
        HoldError: the first of `refusals`.
    """
    for refusal in refusals(whole, connection):
        raise refusal
    return drafted_payload(whole, connection, contact_id, origins)


def refusals(whole: DocumentWithLines, connection: Connection) -> Iterator[HoldError]:
    """Yield every reason, known without asking anybody, why a document can't be sent as it is."""
    document = whole.document
    words, field = document.kind.words, KINDS[document.kind].number
    if not document.number:
        yield HoldError(HoldReason.REJECTED, f"The {words} has no number in Sequence.", field=field)
    elif length(document.number) > MAX_REFERENCE:
        too_long = f"Its number is longer than the {MAX_REFERENCE} characters of Xero."
        yield HoldError(HoldReason.REJECTED, too_long, field=field)
    elif not document.number.isprintable() or document.number != fit(document.number) or REPLACEMENT in document.number:
        unlike = "Its number begins or ends with a space, or has a character that can't be shown: Xero may alter it."
        yield HoldError(HoldReason.REJECTED, unlike, field=field)
    if document.status is DocumentStatus.SENT and document.issue_date is None:
        yield HoldError(HoldReason.REJECTED, f"The {words} is sent, but has no issue date in Sequence.", field="Date")
    yield from line_refusals(whole, connection)


def drafted_payload(
    whole: DocumentWithLines, connection: Connection, contact_id: str | None, origins: Origins
) -> dict[str, Any]:
    """Return the element of a create as far as it can be said: for a preview, or of a document that is not refused."""
    document = whole.document
    names = KINDS[document.kind]
    payload: dict[str, Any] = {
        "Type": names.type,
        names.number: document.number,
        "Contact": {"ContactID": contact_id},
        "CurrencyCode": document.currency,
        "LineAmountTypes": "Exclusive",
        "Status": XeroStatus.AUTHORISED.value,
        **_dates(document),
        "Reference": reference(document.xero_reference),
        "LineItems": line_items(whole, connection),
    }
    url = origins.url(document)
    if url is not None:
        payload["Url"] = url
    return payload


def header_payload(change: HeaderChange) -> dict[str, Any]:
    """Return the element of an update: what the change names, and nothing of the lines, which it would replace."""
    payload: dict[str, Any] = {
        KINDS[change.kind].id: change.xero_id,
        # Without its status resent, Xero takes an edit of an approved document for one of a draft.
        "Status": XeroStatus.AUTHORISED.value,
    }
    if change.sent is not None:
        payload["SentToContact"] = change.sent
    if change.issue_date is not None:
        payload["Date"] = change.issue_date.isoformat()
    if change.due_date is not None:
        payload["DueDate"] = change.due_date.isoformat()
    if change.reference is not None:
        payload["Reference"] = reference(change.reference)
    return payload


def payload_digest(payload: dict[str, Any]) -> str:
    """Return the SHA-256 of a payload's canonical JSON, as 64 hex digits."""
    return hashlib.sha256(write_json(payload, canonical=True)).hexdigest()


def reference(text: str) -> str:
    """Return a reference as Xero can keep it."""
    return fit_shortened(text, MAX_REFERENCE)


def _dates(document: Document) -> dict[str, Any]:
    """Return Date, DueDate (invoices only) and SentToContact. An invoice without due date is due at once."""
    sent = document.status is DocumentStatus.SENT
    issued = document.issue_date if sent else PLACEHOLDER
    dates: dict[str, Any] = {"Date": issued.isoformat() if issued else None, "SentToContact": sent}
    if document.kind is Kind.INVOICE:
        due = (document.due_date or issued) if sent else PLACEHOLDER
        dates["DueDate"] = due.isoformat() if due else None
    return dates
