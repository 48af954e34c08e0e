"""An invoice and a credit note as Sequence, Xero and the store show them, in step unless a test says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.store.samples import connection
from xerosync.core.documents import Document, DocumentStatus, Kind
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.xero_records import PLACEHOLDER, XeroStatus
from xerosync.documents.link import DocumentLink
from xerosync.documents.views import XeroView
from xerosync.reconcile.causes import FindingCause
from xerosync.reconcile.findings import Aspect, Severity
from xerosync.reconcile.pairs import XeroSummary

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ISSUED, DUE, OTHER_DAY = date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 15)
TENANT = connection().tenant_id
FINAL, SENT, VOIDED = DocumentStatus.FINAL, DocumentStatus.SENT, DocumentStatus.VOIDED
DIFFERENCE, HOLD, OWN = Severity.DIFFERENCE, Severity.HOLD, Severity.MANUAL_EDIT
LEFT = Severity.LEFT_BEHIND


def document(status: DocumentStatus = SENT, kind: Kind = Kind.INVOICE, **update: Any) -> Document:
    base = Document(
        kind=kind,
        id="doc-1",
        account_id="acme",
        status=status,
        currency="GBP",
        number="INV-1",
        issue_date=ISSUED,
        due_date=DUE if kind is Kind.INVOICE else None,
        customer_id="customer",
        net_total=Decimal("100.00"),
        total_tax=Decimal("20.00"),
        gross_total=Decimal("120.00"),
    )
    return base.model_copy(update=update)


def shown(of: Document, **update: Any) -> XeroSummary:
    """Xero, in step with a document that the product brought there."""
    is_sent, is_invoice = of.status is SENT, of.kind is Kind.INVOICE
    fields: dict[str, Any] = {
        "xero_id": "x-1",
        "kind": of.kind,
        "number": of.number,
        "status": XeroStatus.VOIDED if of.status is VOIDED else XeroStatus.AUTHORISED,
        "sent": is_sent,
        "issue_date": of.issue_date if is_sent else PLACEHOLDER,
        "due_date": (of.due_date if is_sent else PLACEHOLDER) if is_invoice else None,
        "contact_id": "contact",
        "currency": of.currency,
        "total": of.gross_total,
        "total_tax": of.total_tax,
        "updated_at": NOON,
        "seen_at": NOON,
        "origin": of.id if is_invoice else None,
        "account_id": "acme",
        "document_id": of.id,
    }
    return XeroSummary(**{**fields, **update})


def unclaimed(of: Document, **update: Any) -> XeroSummary:
    return shown(of, **{"account_id": None, "document_id": None, **update})


def linked(of: Document, **update: Any) -> DocumentLink:
    """The store, in step with both."""
    seen = shown(of)
    view = XeroView(
        xero_id="x-1",
        status=seen.status,
        sent=seen.sent,
        issue_date=seen.issue_date,
        due_date=seen.due_date,
        seen_at=NOON,
        applied=of.header if of.status is SENT else None,
    )
    return DocumentLink(ref=of.ref, tenant_id=TENANT).read(of).pushed(view, of.gross_total).model_copy(update=update)


def never_signalled(of: Document) -> DocumentLink:
    return DocumentLink(ref=of.ref)


def only_read(of: Document, **update: Any) -> DocumentLink:
    return DocumentLink(ref=of.ref).read(of).model_copy(update=update)


def held(reason: HoldReason) -> dict[str, Any]:
    return {"hold": Hold(reason=reason, words="Ada Ltd", since=NOON)}


INVOICE, OPEN, GONE = document(), document(FINAL), document(VOIDED)
NOTE = document(SENT, Kind.CREDIT_NOTE)
BEFORE = document(FINAL)
"""The invoice as the store knew it before it was sent."""


def edited(of: Document, **update: Any) -> list[XeroSummary]:
    return [shown(of, **update)]


def applied(of: Document, **changed: Any) -> DocumentLink:
    """The store knows that a header was brought to Xero that is not the document's now."""
    link = linked(of)
    assert link.xero
    header = of.header.model_copy(update=changed)
    return link.model_copy(update={"xero": link.xero.model_copy(update={"applied": header})})


@dataclass(frozen=True)
class Case:
    """Both sides, the store, and what is found."""

    name: str
    of: Document
    in_xero: Sequence[XeroSummary]
    link: DocumentLink
    found: Sequence[tuple[Aspect, Severity, FindingCause]]
    step: str | None = None
    signal: str | None = None
    view: bool = False
    alarm: bool = False
    since: datetime | None = field(default=NOON)
