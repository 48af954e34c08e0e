"""How a document stands, in words: for the Temporal Web UI and the `status` query. Pure; ids and dates only."""

from datetime import date

from xerosync.model.addresses import deep_link
from xerosync.model.books import PLACEHOLDER, Payment
from xerosync.model.documents import DocumentRef
from xerosync.model.lifecycle import is_alarm, is_applied, shown_hold, sync_state
from xerosync.model.messages import Known, SyncState


def sentence(ref: DocumentRef, known: Known) -> str:
    """Return one sentence on where the document stands and what it waits for."""
    name = known.sequence.number if known.sequence and known.sequence.number else str(ref)
    if known.ignored:
        return f"{name} is ignored: a person wants it left alone; `starter.py status` says who, and why."
    if hold := shown_hold(known):
        alarm = f"ALARM, it was sent, but is dated {PLACEHOLDER} in Xero: " if is_alarm(known) else ""
        return f"{alarm}{name} is on hold since {hold.since:%Y-%m-%d %H:%M} UTC: {hold.sentence()}"
    return _at_its_place(name, known)


def _at_its_place(name: str, known: Known) -> str:
    """Return the sentence on a document that nothing and nobody keeps."""
    match sync_state(known):
        case SyncState.PENDING if known.sequence and known.sequence.total_is_zero:
            return f"{name} has a total of zero, so it goes to Xero only when it is sent."
        case SyncState.PENDING:
            status = known.sequence.status if known.sequence else "not read yet"
            return f"{name} is not in Xero: in Sequence it is {status}."
        case SyncState.PUSHED if known.xero and not known.xero.has_placeholder:
            return f"{name} is in Xero, dated {known.xero.issue_date} there, and waits to be sent on either side."
        case SyncState.PUSHED:
            return f"{name} is in Xero with the placeholder date {PLACEHOLDER}, and waits to be sent on either side."
        case SyncState.SENT if known.xero and known.sequence and is_applied(known.sequence, known.xero):
            paid = "part of it is paid" if known.xero.payment is Payment.PART else "it waits to be paid"
            return f"{name} is sent in both systems, dated {known.xero.issue_date} in Xero, where {paid}."
        case SyncState.SENT:
            return f"{name} was sent, and is being brought to the same state on the other side."
        case SyncState.SETTLED if known.xero:
            paid = " and paid" if known.xero.payment is Payment.FULL else ""
            return f"{name} is sent{paid} in both systems, dated {known.xero.issue_date} in Xero."
        case SyncState.VOIDED if known.xero:
            return f"{name} is voided in both systems."
        case SyncState.VOIDED:
            return f"{name} was voided in Sequence before it reached Xero."
        case _:
            return f"{name} is not in Sequence (any more), and was never in Xero."


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
    totals = "\n\nIts total in Xero is not that in Sequence; `status` tells both." if known.total_differs else ""
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
