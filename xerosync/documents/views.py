"""A document as Sequence and as Xero last showed it."""

from datetime import date, datetime, timedelta

from pydantic import AwareDatetime

from xerosync.core.base import TolerantMessage
from xerosync.core.documents import Document, DocumentStatus, Header
from xerosync.core.xero_records import PLACEHOLDER, Payment, XeroDocument, XeroStatus


class SequenceView(TolerantMessage):
    """A document as Sequence last showed it."""

    status: DocumentStatus
    number: str | None = None
    customer_id: str | None = None
    currency: str | None = None
    header: Header | None = None
    total_is_zero: bool = False

    @classmethod
    def of(cls, document: Document) -> "SequenceView":
        """Return the view of a document that was just read."""
        return cls(
            status=document.status,
            number=document.number,
            customer_id=document.customer_id,
            currency=document.currency,
            header=document.header,
            total_is_zero=document.gross_total == 0,
        )


_WRITES = ("applied", "reported", "reporting", "reporting_since", "reference_digest", "unconfirmed")

_ARRIVES_WITHIN = timedelta(seconds=65)
"""After so long a report that began has arrived in Sequence or never will: it leaves within the time of a call, and may
be under way for as long again."""

_MOST_UNCONFIRMED = 4


class XeroView(TolerantMessage):
    """A document as Xero last showed it. `seen_at` (UTC) orders views: the newest wins, whenever it arrives.

    It is when a read was asked, or when a write was sent: what was asked after that may show more than its answer.
    `updated_at` (UTC) is Xero's own stamp of what it showed: an event that is not later is about nothing new.

    The rest is no view but our own deeds. `applied` is Sequence's header as we last brought it to Xero once the
    document was sent, `reference_digest` that of its reference as we last brought it, sent or not, `reported` how far
    it was paid at our last report that was answered, `reporting` at the one that began last: where they differ its
    answer was lost, and Sequence has one of the two. `reporting_since` (UTC) is when that one began, unless it was
    answered and nothing of before can still arrive. None: never, or nobody remembers. `unconfirmed` are headers that
    Sequence had when a write of ours may have brought them, its answer lost: a date of theirs in Xero is nobody's but
    ours. `revision` counts the deeds, and orders them: the most that are known win, whenever the document was seen.
    """

    xero_id: str
    status: XeroStatus
    sent: bool
    issue_date: date | None = None
    due_date: date | None = None
    seen_at: AwareDatetime
    updated_at: AwareDatetime | None = None
    applied: Header | None = None
    payment: Payment = Payment.NOTHING
    reported: Payment | None = None
    reporting: Payment | None = None
    reporting_since: AwareDatetime | None = None
    reference_digest: str | None = None
    unconfirmed: tuple[Header, ...] = ()
    revision: int = 0

    @property
    def order(self) -> tuple[AwareDatetime, int]:
        """What orders views: when it was seen, and of those seen at once which knows of more deeds."""
        return self.seen_at, self.revision

    @classmethod
    def of(cls, document: XeroDocument, applied: Header | None, *, after: "XeroView | None" = None) -> "XeroView":
        """Return the view of what Xero just answered.

        What a write answers comes `after` the view that led to it, whatever the clocks of two workers say.
        """
        seen_at = max(document.seen_at, after.seen_at) if after else document.seen_at
        return cls(
            xero_id=document.xero_id,
            status=document.status,
            sent=document.sent,
            issue_date=document.issue_date,
            due_date=document.due_date,
            seen_at=seen_at,
            updated_at=document.updated_at,
            applied=applied,
            payment=document.payment,
            reported=after.reported if after else None,
            reporting=after.reporting if after else None,
            reporting_since=after.reporting_since if after else None,
            reference_digest=applied.reference_digest if applied else after.reference_digest if after else None,
            unconfirmed=after.unconfirmed if after else (),
            revision=after.revision + 1 if after else 0,
        )

    def with_writes_of(self, other: "XeroView") -> "XeroView":
        """Return the view with our deeds as another view of the same document knows them, if that knows more of them.

        What one of the two lacks is taken from the other.
        """
        most, less = (other, self) if other.revision > self.revision else (self, other)
        known = {name: getattr(most, name) for name in _WRITES}
        writes = {name: getattr(less, name) if write is None else write for name, write in known.items()}
        update = {**writes, "revision": most.revision}
        return (
            self
            if all(getattr(self, name) == value for name, value in update.items())
            else self.model_copy(update=update)
        )

    def superseded(self, before: SequenceView) -> "XeroView":
        """Return the view once Sequence shows another header than it did `before`.

        Where it is not known that this one was brought, a write of ours may still have done so.
        """
        header, is_sent = before.header, before.status is DocumentStatus.SENT
        if header is None or before.status not in (DocumentStatus.FINAL, DocumentStatus.SENT):
            return self
        is_known = self.applied == header if is_sent else self.reference_digest in (None, header.reference_digest)
        if is_known or header in self.unconfirmed:
            return self
        unconfirmed = (*self.unconfirmed, header)[-_MOST_UNCONFIRMED:]
        return self.model_copy(update={"unconfirmed": unconfirmed, "revision": self.revision + 1})

    def may_show_another(self, header: Header) -> bool:
        """Whether a write of ours without an answer may have left another header in Xero than this one."""

        def shows(each: Header) -> bool:
            issued = self.issue_date == each.issue_date != header.issue_date
            return issued or self.due_date == each.due != header.due

        return any(each.reference_digest != header.reference_digest or shows(each) for each in self.unconfirmed)

    @property
    def has_placeholder(self) -> bool:
        """Whether a date in Xero is still the year 3000."""
        return PLACEHOLDER in (self.issue_date, self.due_date)

    @property
    def is_reported(self) -> bool:
        """Whether its payment was reported to Sequence. Of what nobody ever paid there is nothing to report."""
        return self.was_reported(self.payment)

    def was_reported(self, payment: Payment) -> bool:
        """Whether a payment is the one that was last reported to Sequence, for certain.

        Where a report of another one may have reached Sequence, its answer lost, it is reported again.
        """
        return payment is (self.reported or Payment.NOTHING) and self.reporting in (None, payment)

    def reports_arrive_until(self, payment: Payment) -> datetime | None:
        """Return until when a report of another payment may still arrive in Sequence; None: there is none."""
        if self.reporting_since is None or self.reporting in (None, payment):
            return None
        return self.reporting_since + _ARRIVES_WITHIN

    def as_reported(self) -> "XeroView":
        """Return the view once its payment is reported to Sequence."""
        return self._with_report(reported=self.payment, reporting=self.payment, reporting_since=None)

    def as_being_reported(self, payment: Payment, at: datetime) -> "XeroView":
        """Return the view once a payment is about to be reported to Sequence: its answer may get lost."""
        return self._with_report(reported=self.reported_before(payment), reporting=payment, reporting_since=at)

    def reported_before(self, payment: Payment) -> Payment | None:
        """Return what counts as reported while a payment is being reported.

        Where the answer of the report before was lost, Sequence may have that one. So it must not be forgotten for
        a payment that was reported before both: if this answer is lost, too, that would count as reported.
        """
        is_lost = self.reporting not in (None, self.reported)
        return self.reporting if is_lost and payment is (self.reported or Payment.NOTHING) else self.reported

    def _with_report(self, **report: object) -> "XeroView":
        return self.model_copy(update={**report, "revision": self.revision + 1})
