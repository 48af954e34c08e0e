"""What a document would be in Xero, field by field, and what keeps it from going. Xero is not asked."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.base import Message
from xerosync.core.documents import Document, DocumentRef, DocumentStatus
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.money import money_words
from xerosync.documents.chart_rules import chart_refusals, doubts, expected_total
from xerosync.documents.lifecycle import may_be_pushed
from xerosync.documents.link import DocumentLink
from xerosync.documents.views import SequenceView
from xerosync.sequence import SequenceBilling
from xerosync.services import Services

_DRAFTS = (DocumentStatus.DRAFT, DocumentStatus.IN_PROGRESS)
_NO_NUMBER_YET = "(given when it is finalized)"


class Refusal(Message):
    """Why a document can't go: the field at fault (empty: the whole), what is the matter, and what mends it."""

    field: str
    reason: HoldReason
    matter: str
    words: str
    release: str


class Preview(Message):
    """A document as it would be created in Xero now; amounts are exact.

    `expected_total` is what Xero would work out, tax included, by the rates of the chart that is kept; `total` is
    Sequence's. None: a rate is not known. `chart_read_at` (UTC) is of when that chart was read; None: there is none.
    """

    document: DocumentRef
    status: DocumentStatus
    verdict: str
    currency: str
    total: Decimal
    expected_total: Decimal | None
    fields: dict[str, Any]
    refusals: tuple[Refusal, ...]
    doubts: tuple[str, ...] = ()
    chart_read_at: datetime | None = None

    @property
    def totals(self) -> str:
        """Both totals in a sentence, and where they differ what to correct."""
        total = money_words(self.total, self.currency)
        if self.expected_total is None:
            return f"Total in Sequence: {total}. What Xero would make of it is not known here."
        both = f"Total in Sequence: {total}; expected in Xero: {money_words(self.expected_total, self.currency)}"
        if self.expected_total == self.total:
            return f"{both}, the same."
        more = "more" if self.expected_total > self.total else "less"
        apart = money_words(abs(self.expected_total - self.total), self.currency)
        return (
            f"{both}, {apart} {more}. Xero works out the tax by the default tax rate "
            "of each ledger account: correct that rate in Xero, or the tax or the ledger account of a line in Sequence."
        )


async def look_ahead(services: Services, document: Document, billing: SequenceBilling) -> Preview:
    """Return what would become of a document that was just read; `billing` reads its lines. No call to Xero."""
    account_id, link = document.account_id, await services.store.document(document.ref)
    connection = await services.store.connection(account_id)
    contact_id = await services.store.contact_of(account_id, document.customer_id)
    chart = await services.store.chart(account_id)
    whole = await billing.with_lines(document)
    if document.status in _DRAFTS:
        finalized = {"status": DocumentStatus.FINAL, "number": document.number or _NO_NUMBER_YET}
        whole = whole.model_copy(update={"document": whole.document.model_copy(update=finalized)})
    known = connection or _unconnected(account_id)
    found: list[HoldError] = []
    if known.status is ConnectionStatus.DISCONNECTED:
        found.append(HoldError(HoldReason.DISCONNECTED))
    if contact_id is None:
        found.append(HoldError(HoldReason.CUSTOMER_UNLINKED, field="Contact"))
    fields, refusals = services.xero.books().draft(known, whole, contact_id)
    found.extend(refusals)
    usable = chart if chart and chart.tenant_id == known.tenant_id else None
    if usable:
        found.extend(chart_refusals(usable, whole, known))
    return Preview(
        document=document.ref,
        status=document.status,
        verdict=_verdict(document, link, known, found),
        currency=document.currency,
        total=document.gross_total,
        expected_total=expected_total(usable, whole, known) if usable else None,
        fields=fields,
        refusals=tuple(_refusal(each) for each in found),
        doubts=tuple(doubts(usable, whole, known)) if usable else (),
        chart_read_at=usable.read_at if usable else None,
    )


def _verdict(document: Document, link: DocumentLink, connection: Connection, found: Sequence[HoldError]) -> str:
    """Say in one sentence what would happen now."""
    name = document.number or str(document.ref)
    if link.ignored:
        return f"{name} is ignored, so nothing would be sent; `status` says who wants it so, and why."
    if link.xero:
        return f"{name} is in Xero already, so nothing would be created; `status` shows it."
    if document.status in (DocumentStatus.VOIDED, DocumentStatus.DELETED):
        return f"{name} is {document.status} in Sequence, so nothing would be sent."
    if found:
        reasons = dict.fromkeys(each.reason.replace("_", " ") for each in found)
        return f"{name} would be on hold and nothing sent: {', '.join(reasons)}."
    if document.status in _DRAFTS:
        return f"{name} is a draft: nothing is sent before it is finalized."
    if not may_be_pushed(SequenceView.of(document)):
        return f"{name} has a total of zero, so it goes to Xero only when it is sent."
    how = "with its own dates, as sent" if document.status is DocumentStatus.SENT else "with placeholder dates"
    return f"{name} would be created in {connection.organisation_name}, {how}."


def _refusal(error: HoldError) -> Refusal:
    meaning = error.reason.meaning
    return Refusal(
        field=error.field, reason=error.reason, matter=meaning.matter, words=error.words, release=meaning.release
    )


def _unconnected(account_id: str) -> Connection:
    return Connection(
        account_id=account_id,
        grant_id="",
        tenant_id="",
        organisation_name="",
        short_code="",
        base_currency="",
        status=ConnectionStatus.DISCONNECTED,
    )
