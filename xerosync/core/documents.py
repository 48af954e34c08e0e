"""Invoices and credit notes as Sequence shows them. A document's lines are a resource of their own.

Shapes, statuses and limits are those of Sequence's API version 2024-07-30. Money, quantities and rates are
exact decimals in the document's currency; dates are calendar dates without a time zone.
"""

import hashlib
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import AliasChoices, AwareDatetime, Field

from xerosync.core.base import Amount, ApiModel, Message, TolerantMessage


class Kind(StrEnum):
    """The two kinds of document."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"

    @property
    def words(self) -> str:
        """The kind as a person says it."""
        return self.value.replace("_", " ")

    @property
    def may_double(self) -> bool:
        """Whether Xero may take two of one number.

        It refuses a second invoice; of credit notes it is not published.
        """
        return self is Kind.CREDIT_NOTE


class DocumentRef(Message):
    """Names one document: a Sequence account, a kind and Sequence's id."""

    account_id: str
    kind: Kind
    document_id: str

    def __str__(self) -> str:
        """Return the words for a message to a person."""
        return f"{self.kind.words} {self.document_id}"


class DocumentStatus(StrEnum):
    """Status of a document in Sequence, in the order of its life.

    DELETED is ours: Sequence answers 404 for a draft that was deleted.
    """

    IN_PROGRESS = "IN_PROGRESS"
    DRAFT = "DRAFT"
    FINAL = "FINAL"
    SENT = "SENT"
    VOIDED = "VOIDED"
    DELETED = "DELETED"


ISSUED = (DocumentStatus.FINAL, DocumentStatus.SENT)
"""In force in Sequence: only such a document has a payment status."""


class PaymentStatus(StrEnum):
    """Payment status in Sequence, apart from the document's own status."""

    UNPAID = "UNPAID"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    UNCOLLECTIBLE = "UNCOLLECTIBLE"


class TaxStatus(StrEnum):
    """How a customer is taxed."""

    TAXED = "TAXED"
    TAX_EXEMPT = "TAX_EXEMPT"
    REVERSE_CHARGED = "REVERSE_CHARGED"


class RateDisplay(StrEnum):
    """How a line's rate is meant: an amount, or per cent."""

    ABSOLUTE = "ABSOLUTE"
    PERCENTAGE = "PERCENTAGE"


class ServicePeriod(ApiModel):
    """The days a line pays for, both included."""

    start_date: date
    end_date: date


class ExternalId(ApiModel):
    """An id that an outside system gives a line; key `Xero` names its ledger account."""

    key: str
    value: str


class Line(ApiModel):
    """One line of a document. `net_total` is what counts; quantity and rate explain it."""

    id: str
    title: str
    description: str | None = None
    quantity: Amount
    rate: Amount
    tax_rate: Amount = Decimal(0)
    service_period: ServicePeriod | None = None
    index: int = 0
    group_id: str | None = None
    net_total: Amount
    total_tax: Amount
    gross_total: Amount
    rate_display: RateDisplay = RateDisplay.ABSOLUTE
    external_ids: tuple[ExternalId, ...] = ()

    @property
    def ledger_account(self) -> str | None:
        """The code of the Xero account that overrides the connection's default, if there is one."""
        return next((e.value for e in self.external_ids if e.key == "Xero" and e.value), None)


class LinkedService(ApiModel):
    """A document's tie to another service, as Sequence's own integrations left it: service `Xero`, id Xero's."""

    external_id: str
    external_service: str


class LineGroup(ApiModel):
    """A heading over lines."""

    id: str
    title: str
    description: str | None = None
    index: int = 0


class Header(TolerantMessage):
    """The part of a document that may change after it was finalized. A reference is free text: only its digest."""

    issue_date: date | None
    due_date: date | None
    reference_digest: str

    @property
    def due(self) -> date | None:
        """When it is due: one without due date is due when issued."""
        return self.due_date or self.issue_date


class Document(ApiModel):
    """An invoice or a credit note without its lines."""

    kind: Kind
    id: str
    account_id: str = Field(validation_alias=AliasChoices("sequenceAccountId", "account_id"))
    status: DocumentStatus
    payment_status: PaymentStatus = PaymentStatus.UNPAID
    currency: str
    number: str | None = None
    issue_date: date | None = None
    due_date: date | None = None
    purchase_order_number: str | None = None
    reference: str | None = None
    memo: str | None = None
    customer_id: str
    customer_name: str | None = Field(
        default=None, validation_alias=AliasChoices("customerLegalCompanyName", "customer_name")
    )
    customer_tax_status: TaxStatus | None = None
    credited_invoice_id: str | None = None
    credited_invoice_number: str | None = None
    net_total: Amount
    total_tax: Amount
    gross_total: Amount
    linked_services: tuple[LinkedService, ...] = ()
    created_at: AwareDatetime | None = None
    """When it was made in Sequence (UTC)."""

    @property
    def linked_xero_id(self) -> str | None:
        """The document of Xero that Sequence's own integration made of it, by Sequence's word; None without one."""
        return next((it.external_id for it in self.linked_services if it.external_service == "Xero"), None)

    @property
    def ref(self) -> DocumentRef:
        """The document's name."""
        return DocumentRef(account_id=self.account_id, kind=self.kind, document_id=self.id)

    @property
    def is_exempt(self) -> bool:
        """Whether its customer pays no tax, or accounts for it itself."""
        return self.customer_tax_status in (TaxStatus.TAX_EXEMPT, TaxStatus.REVERSE_CHARGED)

    @property
    def xero_reference(self) -> str:
        """What Xero's `Reference` says: the document's reference, else its purchase order, else what it credits."""
        return self.reference or self.purchase_order_number or self.credited_invoice_number or ""

    @property
    def header(self) -> Header:
        """What may still change after the document was finalized, and has a place in Xero."""
        return Header(
            issue_date=self.issue_date,
            due_date=self.due_date,
            reference_digest=hashlib.sha256(self.xero_reference.encode()).hexdigest()[:16],
        )

    @classmethod
    def from_sequence(cls, kind: Kind, answer: dict[str, object]) -> Self:
        """Read Sequence's JSON object of an invoice or a credit note.

        Raises:
            pydantic.ValidationError: a field is missing or not of its type.
        """
        if kind is Kind.INVOICE:
            ours = {"number": answer.get("invoiceNumber")}
        else:
            ours = {
                "number": answer.get("creditNoteNumber"),
                "creditedInvoiceId": answer.get("invoiceId"),
                "creditedInvoiceNumber": answer.get("invoiceNumber"),
            }
        return cls.model_validate({**answer, **ours, "kind": kind})


class DocumentWithLines(Message):
    """A document with all its lines in their order, and the groups they stand under."""

    document: Document
    lines: tuple[Line, ...]
    groups: tuple[LineGroup, ...] = ()


class DocumentFilter(Message):
    """Which documents a list of Sequence holds: those that pass every field that is set.

    Whether the day of `sent_after` and `sent_before` passes itself is not published: allow for both.
    """

    status: DocumentStatus | None = None
    not_paid: bool = False
    """Leave out what is PAID. For invoices only: Sequence's list of credit notes has no such filter."""
    customer_id: str | None = None
    number: str | None = None
    """An invoice's whole number; any part of a credit note's."""
    sent_after: date | None = None
    sent_before: date | None = None


EVERY_DOCUMENT = DocumentFilter()


class DocumentPage(Message):
    """A page of Sequence's list: documents, the ids of those that can't be read, and where the next page begins."""

    documents: tuple[Document, ...]
    unreadable: tuple[str, ...] = ()
    after: str | None = None
    total: int | None = None
    """How many documents the whole list holds, where Sequence says it."""
