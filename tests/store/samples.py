"""Documents, views, links and grants to store."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from pydantic import SecretStr

from xerosync.connection.chart import Chart, LedgerAccount, TaxRate
from xerosync.connection.connection import Connection
from xerosync.connection.grant import Grant, GrantKind
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, Header, Kind
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.xero_records import PLACEHOLDER, Payment, XeroStatus
from xerosync.documents.intent import Intent
from xerosync.documents.views import XeroView

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, UTC)


def ref(document_id: str = "inv-1", kind: Kind = Kind.INVOICE, account_id: str = "acme") -> DocumentRef:
    return DocumentRef(account_id=account_id, kind=kind, document_id=document_id)


def document(
    of: DocumentRef | None = None,
    *,
    number: str | None = "INV-1",
    status: DocumentStatus = DocumentStatus.FINAL,
    customer_id: str = "cust-1",
    gross_total: str = "120.00",
    currency: str = "GBP",
    issue_date: date = date(2026, 3, 1),
) -> Document:
    of = of or ref()
    return Document(
        kind=of.kind,
        id=of.document_id,
        account_id=of.account_id,
        status=status,
        currency=currency,
        number=number,
        issue_date=issue_date,
        due_date=date(2026, 3, 31) if of.kind is Kind.INVOICE else None,
        customer_id=customer_id,
        customer_name="Ada & Söhne",
        net_total=Decimal(gross_total),
        total_tax=Decimal(0),
        gross_total=Decimal(gross_total),
    )


def xero_view(
    xero_id: str = "x-1",
    *,
    status: XeroStatus = XeroStatus.AUTHORISED,
    sent: bool = False,
    applied: Header | None = None,
    seen_at: datetime = NOON,
    updated_at: datetime | None = NOON,
    payment: Payment = Payment.NOTHING,
    reported: Payment | None = None,
) -> XeroView:
    return XeroView(
        xero_id=xero_id,
        status=status,
        sent=sent,
        issue_date=applied.issue_date if applied else PLACEHOLDER,
        due_date=applied.due_date if applied else PLACEHOLDER,
        seen_at=seen_at,
        updated_at=updated_at,
        applied=applied,
        payment=payment,
        reported=reported,
        reference_digest=applied.reference_digest if applied else None,
    )


def hold(reason: HoldReason = HoldReason.CUSTOMER_UNLINKED, words: str = "", *, waits_for_push: bool = False) -> Hold:
    return Hold(reason=reason, words=words, since=NOON, waits_for_push=waits_for_push)


def intent(number: str = "INV-1") -> Intent:
    return Intent(number=number, payload_digest="ab" * 32, at=NOON + timedelta(seconds=1))


def connection(account_id: str = "acme", tenant_id: str = "tenant-1") -> Connection:
    return Connection(
        account_id=account_id,
        grant_id="grant-1",
        tenant_id=tenant_id,
        organisation_name="Acme Books",
        short_code="!acme1",
        base_currency="GBP",
    )


def chart(tenant_id: str = "tenant-1") -> Chart:
    return Chart(
        tenant_id=tenant_id,
        accounts=(
            LedgerAccount(code="090", name="Bank", type="BANK"),
            LedgerAccount(code="200", name="Sales & «Ünïcode»", type="REVENUE"),
            LedgerAccount(code="260", name="Other", type="OTHERINCOME", status="ARCHIVED"),
            LedgerAccount(code="820", name="VAT", type="CURRLIAB", is_system=True),
            LedgerAccount(code="810", name="Income in Advance", type="CURRLIAB"),
        ),
        tax_rates=(
            TaxRate(tax_type="OUTPUT2", name="20%", rate=Decimal("20.0000")),
            TaxRate(tax_type="ZERORATEDOUTPUT", name="Zero", rate=Decimal("0.0000")),
            TaxRate(tax_type="EXEMPTINPUT", name="Expenses", rate=Decimal(0), on_sales=False),
        ),
        currencies=("GBP", "EUR"),
        read_at=NOON,
    )


def grant(grant_id: str = "grant-1", generation: int = 1) -> Grant:
    return Grant(
        grant_id=grant_id,
        kind=GrantKind.CONSENT,
        access_token=SecretStr(f"access-{generation}"),
        expires_at=NOON + timedelta(minutes=30),
        refresh_token=SecretStr(f"refresh-{generation}"),
        previous_refresh_token=SecretStr(f"refresh-{generation - 1}"),
        scopes=("accounting.invoices", "offline_access"),
    )
