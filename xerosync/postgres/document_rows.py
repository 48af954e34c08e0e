"""Documents' links as rows of table `documents`, and back without loss.

A row holds number, customer and currency once: the view of Sequence shares them with the link. What PostgreSQL
can't hold (a NUL in a text) is replaced before, so that both stores keep the same.
"""

from collections.abc import Callable
from typing import TypeVar

from pydantic import TypeAdapter

from xerosync.core.documents import DocumentRef, DocumentStatus, Header, Kind
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.xero_records import Allocation, Amounts, Payment, XeroStatus
from xerosync.documents.intent import Intent
from xerosync.documents.lifecycle import current_hold, sync_state
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.documents.views import SequenceView, XeroView
from xerosync.postgres.database import Row

_T = TypeVar("_T")

_HEADERS = TypeAdapter(tuple[Header, ...])


def key_of(ref: DocumentRef) -> dict[str, str]:
    """Return the columns of the primary key."""
    return {"account_id": ref.account_id, "kind": ref.kind.value, "document_id": ref.document_id}


def row_of(link: DocumentLink) -> dict[str, object]:
    """Return the columns of a link, except for when it was created and updated.

    Raises:
        ValueError: a row can't hold this link. No change of the model's own makes one.
    """
    sequence, xero, intent, hold, ignored = link.sequence, link.xero, link.intent, link.hold, link.ignored
    amounts, known = link.amounts, link.known
    held_by = current_hold(known)
    header = sequence.header if sequence else None
    applied = xero.applied if xero else None
    row: dict[str, object] = {
        **key_of(link.ref),
        "number": link.number,
        "customer_id": link.customer_id,
        "customer_name": link.customer_name,
        "currency": link.currency,
        "gross_total": link.gross_total,
        "sequence_status": sequence.status.value if sequence else None,
        "sequence_read_at": link.sequence_read_at,
        "sent_since": link.sent_since,
        **_header_columns("", header),
        "tenant_id": link.tenant_id,
        "short_code": link.short_code,
        "xero_id": xero.xero_id if xero else None,
        "xero_status": xero.status.value if xero else None,
        "xero_sent": xero.sent if xero else None,
        "xero_issue_date": xero.issue_date if xero else None,
        "xero_due_date": xero.due_date if xero else None,
        "xero_seen_at": xero.seen_at if xero else None,
        "xero_updated_at": xero.updated_at if xero else None,
        "xero_total": link.xero_total,
        "xero_paid": amounts.paid if amounts else None,
        "xero_credited": amounts.credited if amounts else None,
        "xero_open": amounts.open if amounts else None,
        "xero_amounts_seen_at": amounts.seen_at if amounts else None,
        "adopted_by_hand": link.adopted_by_hand,
        "origin_owed": link.origin_owed,
        "xero_payment": xero.payment.value if xero else None,
        "reported_payment": xero.reported.value if xero and xero.reported else None,
        "reporting_payment": xero.reporting.value if xero and xero.reporting else None,
        "reporting_since": xero.reporting_since if xero else None,
        **_header_columns("applied_", applied),
        "written_reference_digest": xero.reference_digest if xero else None,
        "xero_revision": xero.revision if xero else 0,
        "unconfirmed_headers": _HEADERS.dump_json(xero.unconfirmed).decode() if xero else "[]",
        "intent_at": intent.at if intent else None,
        "intent_number": intent.number if intent else None,
        "intent_payload_digest": intent.payload_digest if intent else None,
        **_header_columns("intent_", intent.header if intent else None),
        "hold_reason": hold.reason.value if hold else None,
        "hold_words": hold.words if hold else None,
        "hold_since": hold.since if hold else None,
        "tries": link.tries,
        "next_try_at": link.next_try_at,
        "reports_payments": link.reports_payments,
        "allocation": link.allocation.value,
        "ignored_because": ignored.because if ignored else None,
        "ignored_by": ignored.who if ignored else None,
        "ignored_since": ignored.since if ignored else None,
        "hold_waits_for_push": hold.waits_for_push if hold else False,
        "state": sync_state(known).value,
        "held_by": held_by.reason.value if held_by else None,
    }
    if link_of({**row, "updated_at": link.updated_at}) != link:
        raise ValueError(f"the link of {link.ref} does not fit into a row")
    return row


def link_of(row: Row) -> DocumentLink:
    """Return the link that a row holds."""
    return DocumentLink(
        ref=ref_of(row),
        number=row["number"],
        customer_id=row["customer_id"],
        customer_name=row["customer_name"],
        currency=row["currency"],
        gross_total=row["gross_total"],
        sequence=_there(row, "sequence_status", _sequence_view),
        sequence_read_at=row["sequence_read_at"],
        sent_since=row["sent_since"],
        tenant_id=row["tenant_id"],
        short_code=row["short_code"],
        xero=_there(row, "xero_id", _xero_view),
        xero_total=row["xero_total"],
        amounts=_there(row, "xero_paid", _amounts),
        adopted_by_hand=row["adopted_by_hand"],
        origin_owed=row["origin_owed"],
        intent=_there(row, "intent_at", _intent),
        hold=_there(row, "hold_reason", _hold),
        tries=row["tries"],
        next_try_at=row["next_try_at"],
        reports_payments=row["reports_payments"],
        allocation=Allocation(row["allocation"]),
        ignored=_there(row, "ignored_because", _ignored),
        updated_at=row["updated_at"],
    )


def ref_of(row: Row) -> DocumentRef:
    """Return the name of a row's document."""
    return DocumentRef(account_id=row["account_id"], kind=Kind(row["kind"]), document_id=row["document_id"])


def storable(link: DocumentLink) -> DocumentLink:
    """Return the link with every NUL in people's words replaced by the sign for what can't be shown."""
    hold = link.hold
    return link.model_copy(
        update={
            "customer_name": _without_nul(link.customer_name) if link.customer_name is not None else None,
            "hold": hold.model_copy(update={"words": _without_nul(hold.words)}) if hold else None,
        }
    )


def _without_nul(text: str) -> str:
    return text.replace("\x00", "\ufffd")


def _there(row: Row, column: str, build: Callable[[Row], _T]) -> _T | None:
    return None if row[column] is None else build(row)


def _sequence_view(row: Row) -> SequenceView:
    header = _header(row, "")
    # A view without header is of a document that Sequence does not have any more; it has the number alone.
    return SequenceView(
        status=DocumentStatus(row["sequence_status"]),
        number=row["number"],
        customer_id=row["customer_id"] if header else None,
        currency=row["currency"] if header else None,
        header=header,
        total_is_zero=header is not None and row["gross_total"] == 0,
    )


def _xero_view(row: Row) -> XeroView:
    return XeroView(
        xero_id=row["xero_id"],
        status=XeroStatus(row["xero_status"]),
        sent=row["xero_sent"],
        issue_date=row["xero_issue_date"],
        due_date=row["xero_due_date"],
        seen_at=row["xero_seen_at"],
        updated_at=row["xero_updated_at"],
        applied=_header(row, "applied_"),
        payment=Payment(row["xero_payment"] or Payment.NOTHING),
        reference_digest=row["written_reference_digest"],
        reported=Payment(row["reported_payment"]) if row["reported_payment"] else None,
        reporting=Payment(row["reporting_payment"]) if row["reporting_payment"] else None,
        reporting_since=row["reporting_since"],
        unconfirmed=_HEADERS.validate_json(row["unconfirmed_headers"]),
        revision=row["xero_revision"],
    )


def _amounts(row: Row) -> Amounts:
    return Amounts(
        paid=row["xero_paid"],
        credited=row["xero_credited"],
        open=row["xero_open"],
        seen_at=row["xero_amounts_seen_at"],
    )


def _intent(row: Row) -> Intent:
    return Intent(
        number=row["intent_number"],
        payload_digest=row["intent_payload_digest"],
        at=row["intent_at"],
        header=_header(row, "intent_"),
    )


def _hold(row: Row) -> Hold:
    return Hold(
        reason=HoldReason(row["hold_reason"]),
        words=row["hold_words"],
        since=row["hold_since"],
        waits_for_push=row["hold_waits_for_push"],
    )


def _ignored(row: Row) -> Ignored:
    return Ignored(because=row["ignored_because"], who=row["ignored_by"], since=row["ignored_since"])


def _header(row: Row, prefix: str) -> Header | None:
    digest = row[prefix + "reference_digest"]
    if digest is None:
        return None
    return Header(issue_date=row[prefix + "issue_date"], due_date=row[prefix + "due_date"], reference_digest=digest)


def _header_columns(prefix: str, header: Header | None) -> dict[str, object]:
    return {
        prefix + "issue_date": header.issue_date if header else None,
        prefix + "due_date": header.due_date if header else None,
        prefix + "reference_digest": header.reference_digest if header else None,
    }
