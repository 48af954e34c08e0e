"""The two sides of a document that are compared: as Sequence has it, and as Xero lists it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from xerosync.core.documents import Document, Kind
from xerosync.core.xero_records import Payment, XeroDocument, XeroStatus
from xerosync.documents.link import DocumentLink
from xerosync.documents.views import SequenceView, XeroView
from xerosync.reconcile.causes import FindingCause

_IN_FORCE = (XeroStatus.AUTHORISED, XeroStatus.PAID)


@dataclass(frozen=True, slots=True)
class XeroSummary:
    """A document as Xero lists it, and the store keeps it while it is compared.

    `origin` is the document of Sequence that its address leads to; `account_id` and `document_id` are those of the
    link that claims it.
    """

    xero_id: str
    kind: Kind
    number: str
    status: XeroStatus
    sent: bool
    issue_date: date | None
    due_date: date | None
    contact_id: str | None
    currency: str
    total: Decimal
    total_tax: Decimal
    updated_at: datetime
    seen_at: datetime
    payment: Payment = Payment.NOTHING
    origin: str | None = None
    account_id: str | None = None
    document_id: str | None = None

    @classmethod
    def of(cls, found: XeroDocument, origin: str | None, claim: tuple[str, str] | None = None) -> "XeroSummary":
        """Return what is kept of a document that Xero listed; `claim` is the account and document of its link."""
        return cls(
            xero_id=found.xero_id,
            kind=found.kind,
            number=found.number,
            status=found.status,
            sent=found.sent,
            issue_date=found.issue_date,
            due_date=found.due_date,
            contact_id=found.contact_id,
            currency=found.currency,
            total=found.total,
            total_tax=found.total_tax,
            updated_at=found.updated_at,
            seen_at=found.seen_at,
            payment=found.payment,
            origin=claim[1] if claim and claim[1] == origin else origin,
            account_id=claim[0] if claim else None,
            document_id=claim[1] if claim else None,
        )

    @property
    def is_in_force(self) -> bool:
        """Whether it counts in Xero's accounts: approved or paid."""
        return self.status in _IN_FORCE

    @property
    def view(self) -> XeroView:
        """What its workflow is sent."""
        return XeroView(
            xero_id=self.xero_id,
            status=self.status,
            sent=self.sent,
            issue_date=self.issue_date,
            due_date=self.due_date,
            seen_at=self.seen_at,
            payment=self.payment,
        )


@dataclass(frozen=True, slots=True)
class BothSides:
    """What is compared: a document of Sequence, the documents in Xero that may be it, and its link."""

    document: Document
    candidates: Sequence[XeroSummary]
    link: DocumentLink
    contact_id: str | None
    """The contact that its customer is linked to. None: not linked, and the contact is not compared."""
    tenant_id: str
    """The organisation that the account is connected to."""

    def in_xero(self) -> XeroSummary | None:
        """Return the candidate that is the document: the linked one, the one whose address leads to it, or its equal.

        A candidate that only has the number is its equal if contact, currency and net total agree too.
        """
        linked = self.link.xero.xero_id if self.link.xero else None

        def order(each: XeroSummary) -> tuple[bool, bool, bool]:
            return each.xero_id != linked, each.origin != self.document.id, not each.is_in_force

        return next(
            (
                each
                for each in sorted(self.candidates, key=order)
                if each.xero_id == linked or each.origin == self.document.id or self._is_equal(each)
            ),
            None,
        )

    def why_not_in_xero(self) -> FindingCause:
        """Return why something that Sequence shows has not come to Xero."""
        if self.link.intent and self.link.xero is None:
            return FindingCause.ANSWER_LOST
        if self.link.sequence is None:
            return FindingCause.NEVER_SIGNALLED
        is_known = self.link.sequence == SequenceView.of(self.document)
        return FindingCause.UNDER_WAY if is_known else FindingCause.SIGNAL_MISSED

    def _is_equal(self, candidate: XeroSummary) -> bool:
        document = self.document
        return (
            candidate.number == document.number
            and candidate.is_in_force
            and candidate.origin in (None, document.id)
            and self.contact_id in (None, candidate.contact_id)
            and candidate.currency == document.currency
            and candidate.total - candidate.total_tax == document.net_total
        )
