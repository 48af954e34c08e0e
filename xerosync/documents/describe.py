"""How a document stands, in words: for the Temporal Web UI and the `status` query. Pure; ids and dates only.

Addresses of records in Xero's own pages, which first choose the organisation by its short code.
"""

from datetime import date
from urllib.parse import quote

from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.xero_records import PLACEHOLDER, Payment
from xerosync.documents.lifecycle import (
    awaits_allocation,
    awaits_payment,
    is_applied,
    is_reported,
    is_sent_but_3000,
    shown_hold,
)
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Known
from xerosync.documents.views import SequenceView, XeroView

_xero_app_url = "https://go.xero.com"


def set_xero_app_url(url: str) -> None:
    """Say where people open Xero, for this whole process: elsewhere than usual where a stand-in plays it."""
    global _xero_app_url  # noqa: PLW0603 - a setting of the process, which the words of its workflows need too
    _xero_app_url = url


def xero_app_url() -> str:
    """Return where people open Xero."""
    return _xero_app_url


def deep_link(short_code: str, kind: Kind, xero_id: str) -> str:
    """Return the address at which a person sees an invoice or a credit note in Xero."""
    if kind is Kind.INVOICE:
        return _page(short_code, f"/AccountsReceivable/View.aspx?InvoiceID={quote(xero_id, safe='')}")
    return _page(short_code, f"/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={quote(xero_id, safe='')}")


def contact_link(short_code: str, contact_id: str) -> str:
    """Return the address at which a person sees a contact in Xero."""
    return _page(short_code, f"/Contacts/View/{quote(contact_id, safe='')}")


def _page(short_code: str, path: str) -> str:
    return f"{_xero_app_url}/organisationlogin/default.aspx?shortcode={quote(short_code, safe='')}&redirecturl={path}"


def sentence(ref: DocumentRef, known: Known) -> str:
    """Return one sentence on where the document stands and what it waits for."""
    name = name_of(ref, known)
    if known.ignored:
        return f"{name} is ignored: a person wants it left alone; `starter.py status` says who, and why."
    if hold := shown_hold(known):
        alarm = f"ALARM, it was sent, but is dated {PLACEHOLDER} in Xero: " if is_sent_but_3000(known) else ""
        return f"{alarm}{name} is on hold since {hold.since:%Y-%m-%d %H:%M} UTC: {hold.sentence()}"
    return _at_its_place(name, known)


def name_of(ref: DocumentRef, known: Known) -> str:
    """Return how sentences name a document: by its number, or by kind and id while it has none."""
    return known.sequence.number if known.sequence and known.sequence.number else str(ref)


def standing(link: DocumentLink) -> str:
    """Return the state, the reason of the hold and the sentence: all that shows where a document is stuck."""
    hold = link.current_hold
    held = f", held as {hold.reason}" if hold else ""
    return f"{link.ref} is {link.state}{held}: {sentence(link.ref, link.known)}"


def _at_its_place(name: str, known: Known) -> str:
    """Return the sentence on a document that nothing and nobody keeps."""
    sequence, xero = known.sequence, known.xero
    if sequence is None:
        return f"{name} is not in Xero: it was not read in Sequence yet."
    match sequence.status:
        case DocumentStatus.DELETED:
            there = f"; in Xero it is {xero.status}" if xero else ", and was never in Xero"
            return f"{name} is not in Sequence (any more){there}."
        case DocumentStatus.VOIDED:
            return _voided(name, known)
        case _ if xero is None:
            return _not_pushed(name, sequence)
        case _ if xero.status.is_gone:
            return f"{name} is {xero.status} in Xero; Sequence, where it was {sequence.status}, is being read again."
        case DocumentStatus.SENT:
            return _sent(name, known, sequence, xero)
        case _:
            return _not_sent(name, xero)


def _voided(name: str, known: Known) -> str:
    if known.xero is None:
        if known.is_in_doubt:
            return f"{name} is voided in Sequence; whether it reached Xero before is being looked up."
        return f"{name} was voided in Sequence before it reached Xero."
    if known.xero.status.is_gone:
        return f"{name} is voided in both systems."
    return f"{name} is voided in Sequence, and is being voided in Xero."


def _not_pushed(name: str, sequence: SequenceView) -> str:
    if sequence.total_is_zero:
        return f"{name} has a total of zero, so it goes to Xero only when it is sent."
    return f"{name} is not in Xero: in Sequence it is {sequence.status}."


def _not_sent(name: str, xero: XeroView) -> str:
    if xero.sent:
        return f"{name} is sent in Xero, and is being marked as sent in Sequence."
    if xero.has_placeholder:
        return f"{name} is in Xero with the placeholder date {PLACEHOLDER}, and waits to be sent on either side."
    return f"{name} is in Xero, dated {xero.issue_date} there, and waits to be sent on either side."


def _sent(name: str, known: Known, sequence: SequenceView, xero: XeroView) -> str:
    if not is_applied(sequence, xero):
        if xero.sent and not xero.has_placeholder:
            return f"{name} is sent in both systems, and what changed in Sequence since is being brought to Xero."
        return f"{name} is sent in Sequence, and is being brought to Xero: its real dates, and that it is sent."
    there = f"{name} is sent in both systems, dated {xero.issue_date} in Xero"
    if not is_reported(known):
        return f"{there}; its payment is being reported to Sequence."
    if awaits_payment(known):
        return f"{there}, where {'part of it is paid' if xero.payment is Payment.PART else 'it waits to be paid'}."
    if awaits_allocation(known):
        return f"{there}, and waits to be set against the invoice that it credits."
    paid = " and paid" if xero.payment is Payment.FULL else ""
    return f"{name} is sent{paid} in both systems, dated {xero.issue_date} in Xero."


def details(ref: DocumentRef, known: Known) -> str:
    """Return the sentence, a table of both sides, and the way to the document in Xero, as Markdown."""
    sequence, xero = known.sequence, known.xero
    rows = [
        ("status", sequence.status if sequence else None, xero.status if xero else None),
        ("paid", None, xero.payment if xero else None),
        ("sent", sequence.status == "SENT" if sequence else None, xero.sent if xero else None),
        ("issue date", _header_date(known, "issue_date"), xero.issue_date if xero else None),
        ("due date", _header_date(known, "due_date"), xero.due_date if xero else None),
        ("id", ref.document_id, xero.xero_id if xero else None),
    ]
    table = "\n".join(f"| {name} | {_cell(ours)} | {_cell(theirs)} |" for name, ours, theirs in rows)
    totals = "\n\nIts total in Xero is not that in Sequence; `status` shows both." if known.total_differs else ""
    there = ""
    if xero and known.short_code:
        there = f"\n\n[Open it in Xero]({deep_link(known.short_code, ref.kind, xero.xero_id)})"
    return f"{sentence(ref, known)}{totals}\n\n| | Sequence | Xero |\n|---|---|---|\n{table}{there}"


def _header_date(known: Known, field: str) -> date | None:
    header = known.sequence.header if known.sequence else None
    return getattr(header, field) if header else None


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
