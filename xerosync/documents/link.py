"""The tie between a document and its Xero object, as the store keeps it: what we know beyond any workflow run.

A link is changed by pure functions; the store applies one of them in one transaction.
"""

import shlex
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import ConfigDict

from xerosync.connection.connection import Connection
from xerosync.core.base import Message
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, Kind
from xerosync.core.holds import Hold
from xerosync.core.money import money_words
from xerosync.core.xero_records import PLACEHOLDER, Allocation, Amounts, Payment, XeroDocument
from xerosync.documents.intent import Intent
from xerosync.documents.lifecycle import current_hold, is_sent_but_3000, newest, sync_state
from xerosync.documents.messages import Facts, Known, Outcome, SyncState
from xerosync.documents.views import SequenceView, XeroView

RETRIES = tuple(timedelta(days=days) for days in (1, 2, 4, 7))
"""How long a hold waits for each next try that nobody asked for; the last wait is repeated."""

ALARM_AFTER = timedelta(minutes=5)
"""How long the dates of a sent document may be on their way to Xero; the store's function `is_alarm` says the same."""

_FACTS = tuple(Facts.model_fields)


class Drift(Message):
    """The totals of a document that is not the same on both sides, in its currency, tax included.

    With `by_decision` a person said that it is the document although they differ.
    """

    in_sequence: Decimal
    in_xero: Decimal
    currency: str
    by_decision: bool = False

    def sentence(self) -> str:
        """Return both amounts and the likely cause: lines are sent net, and Xero works out their tax by itself."""
        more = "more" if self.in_xero > self.in_sequence else "less"
        difference = abs(self.in_xero - self.in_sequence)
        cause = (
            "A person took it over all the same."
            if self.by_decision
            else "Most likely the default tax rate of a ledger account in Xero is not the rate that Sequence charged."
        )
        in_xero, in_sequence, apart = (
            money_words(amount, self.currency) for amount in (self.in_xero, self.in_sequence, difference)
        )
        return f"Xero has {in_xero}, {apart} {more} than the {in_sequence} of Sequence. {cause}"


class Ignored(Message):
    """A person's decision that a document is left alone: why, who, since when (UTC)."""

    because: str
    who: str
    since: datetime


class DocumentLink(Facts):
    """All that the store knows of one document: its facts, and what only the store keeps.

    Amounts are in `currency`, instants UTC. `sequence_read_at` is when Sequence was asked for `sequence`, `sent_since`
    when that first showed it as sent; None: it is not, or nobody knows. `tenant_id` is the organisation that `intent`
    and `xero` are of; None where it is not known. `xero_total` is Xero's Total as the push left it. `amounts` is what
    was paid and credited there when that was last seen; None: nothing, ever. With `adopted_by_hand` a person said which
    document of Xero it is, whatever differs. `origin_owed`: the note that leads from a credit note in Xero back to
    Sequence is still to be written. `next_try_at` is when the hold in force is due for a try that nobody asks for, and
    `tries` how many there were.
    """

    model_config = ConfigDict(extra="forbid")

    ref: DocumentRef
    number: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    currency: str | None = None
    gross_total: Decimal | None = None
    sequence_read_at: datetime | None = None
    sent_since: datetime | None = None
    tenant_id: str | None = None
    xero_total: Decimal | None = None
    amounts: Amounts | None = None
    adopted_by_hand: bool = False
    origin_owed: bool = False
    intent: Intent | None = None
    hold: Hold | None = None
    tries: int = 0
    next_try_at: datetime | None = None
    ignored: Ignored | None = None
    updated_at: datetime | None = None

    @property
    def known(self) -> Known:
        """The link as the lifecycle sees it."""
        in_doubt = self.intent is not None and self.xero is None
        return Known(**self._told, hold=self.hold, is_in_doubt=in_doubt)

    @property
    def name(self) -> str:
        """What commands know the document by, as it is typed in a shell."""
        return shlex.quote(self.number) if self.number else f"{self.ref.kind} {shlex.quote(self.ref.document_id)}"

    @property
    def state(self) -> SyncState:
        """Where the document stands."""
        return sync_state(self.known)

    @property
    def current_hold(self) -> Hold | None:
        """The hold in force, whether a step met it or what is known amounts to it."""
        return current_hold(self.known)

    @property
    def is_sent_but_3000(self) -> bool:
        """Whether it was sent, but stands in the books dated 3000: for a moment each one does, on its way there."""
        return is_sent_but_3000(self.known)

    def is_alarm(self, now: datetime) -> bool:
        """Whether it was sent, but stands in the books dated 3000, and not because its dates are on their way there."""
        if not self.is_sent_but_3000:
            return False
        return self.current_hold is not None or self.sent_since is None or now - self.sent_since >= ALARM_AFTER

    @property
    def drift(self) -> Drift | None:
        """How the totals differ, of a document that is in Xero; it is no hold."""
        ours, theirs = self.gross_total, self.xero_total
        if self.xero is None or ours is None or theirs is None or ours == theirs:
            return None
        return Drift(in_sequence=ours, in_xero=theirs, currency=self.currency or "", by_decision=self.adopted_by_hand)

    @property
    def own_dates(self) -> str | None:
        """What dates a person gave a sent document in Xero, in a sentence; they are kept."""
        header, xero = self.sequence.header if self.sequence else None, self.xero
        if header is None or xero is None or xero.applied is None:
            return None
        pairs = [("dated", header.issue_date, xero.issue_date)]
        if self.ref.kind is Kind.INVOICE:
            pairs.append(("due", header.due_date or header.issue_date, xero.due_date))
        differ = [f"{word} {theirs}, not {ours}" for word, ours, theirs in pairs if theirs not in (ours, PLACEHOLDER)]
        return f"In Xero it is {' and '.join(differ)}: a person set that there, and it is kept." if differ else None

    @property
    def outcome(self) -> Outcome:
        """The link as a step returns it."""
        return Outcome(**self._told)

    @property
    def _told(self) -> dict[str, Any]:
        facts = {name: getattr(self, name) for name in _FACTS}
        return {**facts, "total_differs": self.drift is not None, "ignored": self.ignored is not None}

    @property
    def was_read(self) -> bool:
        """Whether Sequence ever showed the document."""
        return self.customer_id is not None

    @property
    def is_unheard_of(self) -> bool:
        """Whether nothing was ever known of the document on either side."""
        return not (self.sequence or self.xero or self.intent)

    @property
    def is_finalized(self) -> bool:
        """Whether the document was more than a draft when it was last read, and is not settled as voided."""
        if self.sequence is None:
            return False
        return self.sequence.status in (DocumentStatus.FINAL, DocumentStatus.SENT) or bool(
            self.intent or (self.xero and not self.xero.status.is_gone)
        )

    def is_elsewhere(self, tenant_id: str) -> bool:
        """Whether the document is, or may be, in the books of another organisation than this one."""
        return self.tenant_id not in (None, tenant_id) and bool(self.xero or self.intent)

    @property
    def place(self) -> tuple[str | None, str | None, Intent | None]:
        """Where the document is, or may be: the organisation, the id there, the create under way."""
        return self.tenant_id, self.xero.xero_id if self.xero else None, self.intent

    def is_later(self, asked_at: datetime) -> bool:
        """Whether Sequence was asked later than then for what is known of it."""
        return self.sequence_read_at is not None and self.sequence_read_at > asked_at

    def read(self, document: Document, asked_at: datetime | None = None) -> "DocumentLink":
        """Take in a document as Sequence showed it when asked at an instant; what was asked before changes nothing."""
        if asked_at and self.is_later(asked_at):
            return self
        xero, before = self.xero, self.sequence
        if xero and before and before.header != document.header:
            xero = xero.superseded(before)
        return self._with(
            xero=xero,
            sequence_read_at=asked_at or self.sequence_read_at,
            sent_since=(self.sent_since or asked_at) if document.status is DocumentStatus.SENT else None,
            number=document.number,
            customer_id=document.customer_id,
            customer_name=document.customer_name,
            currency=document.currency,
            gross_total=document.gross_total,
            sequence=SequenceView.of(document),
        )

    def following(self, connection: Connection | None, document: Document | None = None) -> "DocumentLink":
        """Take in what the account's connection has set; of credit notes Sequence keeps no payment status.

        With the `document` as it was just read a credit note's allocation is wanted, unless it was done before.
        """
        if connection is None:
            return self
        allocation = self.allocation
        if allocation is not Allocation.DONE:
            if not connection.allocate_credit_notes:
                allocation = Allocation.NONE
            elif document and document.kind is Kind.CREDIT_NOTE and document.credited_invoice_id:
                allocation = Allocation.WANTED
        reports = connection.report_payments and self.ref.kind is Kind.INVOICE
        return self._with(reports_payments=reports, allocation=allocation)

    def deleted(self) -> "DocumentLink":
        """Take in that Sequence has no such document (any more)."""
        return self._with(sequence=SequenceView(status=DocumentStatus.DELETED, number=self.number), hold=None)

    def intended(self, intent: Intent, tenant_id: str | None = None) -> "DocumentLink":
        """Take in that a create is about to be sent to an organisation.

        Where another one may be under way or has happened, nothing changes: there is one create at a time.
        """
        return self if self.intent or self.xero else self._with(intent=intent, tenant_id=tenant_id)

    def withdrawn(self, intent: Intent) -> "DocumentLink":
        """Take in that the create of this intent certainly did not happen; that of another one may have."""
        return self._with(intent=None) if self.intent == intent else self

    def seen(self, view: XeroView) -> "DocumentLink":
        """Take in the document as Xero shows it; an older view changes nothing."""
        return self._with(xero=newest(self.xero, view), intent=None)

    def wrote(self, view: XeroView) -> "DocumentLink":
        """Take in what Xero answered to a write of ours. It is the last of our deeds that are known here."""
        if self.xero is None or view.revision > self.xero.revision:
            return self.seen(view)
        known = {name: getattr(self.xero, name) for name in ("reported", "reporting", "reporting_since")}
        return self.seen(view.model_copy(update={"revision": self.xero.revision + 1, **known}))

    def showing(self, found: XeroDocument) -> "DocumentLink":
        """Take in what Xero shows as paid, credited and open of this document; an older look changes nothing."""
        if self.xero is None or self.xero.xero_id != found.xero_id:
            return self
        amounts, known = found.amounts, self.amounts
        if known is None:
            return self._with(amounts=amounts) if found.is_frozen else self
        return self if known.is_as(amounts) or known.seen_at > amounts.seen_at else self._with(amounts=amounts)

    def reporting(self, payment: Payment, at: datetime) -> "DocumentLink":
        """Take in that a payment is about to be reported to Sequence (UTC)."""
        return self._with(xero=self.xero.as_being_reported(payment, at)) if self.xero else self

    def reported(self, view: XeroView) -> "DocumentLink":
        """Take in that a view's payment was reported to Sequence; the view was the newest when that began.

        Where somebody else reported another state meanwhile, nobody knows which of the two came last: what is kept is
        the one that is not how far it is paid now, so that it is reported again.
        """
        if self.xero is None:
            return self
        reported, now = view.payment, self.xero.reported
        if now not in (view.reported, view.reported_before(reported), reported) and reported is self.xero.payment:
            reported = now
        # Where a report before that one lost its answer it may still arrive, and another payment waits for that.
        since = None if view.reporting in (None, view.reported) else self.xero.reporting_since
        revision = self.xero.revision + 1
        update = {"reported": reported, "reporting": reported, "reporting_since": since, "revision": revision}
        return self._with(xero=self.xero.model_copy(update=update))

    def pushed(
        self, view: XeroView, total: Decimal, tenant_id: str | None = None, short_code: str | None = None
    ) -> "DocumentLink":
        """Take in the document as an organisation shows it after a create or an adoption, with its total there."""
        return self._with(
            xero=newest(self.xero, view),
            xero_total=total,
            intent=None,
            origin_owed=self.origin_owed or (self.xero is None and self.ref.kind is Kind.CREDIT_NOTE),
            tenant_id=tenant_id or self.tenant_id,
            short_code=short_code or self.short_code,
        )

    def adopted(self, view: XeroView, total: Decimal, tenant_id: str, short_code: str) -> "DocumentLink":
        """Take in which document of Xero it is, as a person says; nothing is held any more.

        Where it is one already, or a create may be under way, nothing changes.
        """
        if self.intent or self.xero:
            return self
        by_hand = self._with(adopted_by_hand=True, hold=None)
        return by_hand.pushed(view, total, tenant_id, short_code)

    def afresh(self, gone: "DocumentLink") -> "DocumentLink":
        """Forget that it is in books that are gone, as `gone` says, and what held it there; it goes to Xero anew.

        Where it is somewhere else by now, nothing changes.
        """
        if self.place != gone.place:
            return self
        return self._with(
            tenant_id=None,
            short_code=None,
            intent=None,
            xero=None,
            xero_total=None,
            amounts=None,
            adopted_by_hand=False,
            allocation=Allocation.NONE,
            hold=None,
        )

    def held(self, hold: Hold) -> "DocumentLink":
        """Take in a hold; one of the same reason keeps its date."""
        since = self.hold.since if self.hold and self.hold.reason is hold.reason else hold.since
        # Of what was never read only this is known: Sequence denies it.
        sequence = self.sequence or SequenceView(status=DocumentStatus.DELETED, number=self.number)
        return self._with(hold=hold.model_copy(update={"since": since}), sequence=sequence)

    def allocated(self, allocation: Allocation) -> "DocumentLink":
        """Take in how far the credit note is set against its invoice."""
        return self._with(allocation=allocation)

    def origin_noted(self) -> "DocumentLink":
        """Take in that the note that leads back to Sequence is written in Xero."""
        return self._with(origin_owed=False)

    def tried_again(self, hold: Hold | None, now: datetime) -> "DocumentLink":
        """Take in that a hold was due and is tried again now (UTC); of another hold than that nothing changes."""
        in_force = self.current_hold
        if hold is None or in_force is None or in_force.reason is not hold.reason:
            return self
        tries = self.tries + 1
        return self._with(tries=tries, next_try_at=now + RETRIES[min(tries, len(RETRIES) - 1)])

    def tried_by_hand(self, now: datetime) -> "DocumentLink":
        """Take in that a person has the hold in force tried (UTC): the waits begin anew."""
        return self._with(tries=0, next_try_at=now + RETRIES[0]) if self.current_hold else self

    def freed(self) -> "DocumentLink":
        """Take in that no step is held."""
        return self._with(hold=None)

    def let_be(self, decision: Ignored) -> "DocumentLink":
        """Take in that a person wants the document left alone; nothing is held any more."""
        return self._with(ignored=decision, hold=None)

    def taken_up(self) -> "DocumentLink":
        """Take in that the document is not left alone any more."""
        return self._with(ignored=None)

    def _with(self, **update: object) -> "DocumentLink":
        after = self.model_copy(update=update)
        hold, before = after.current_hold, self.current_hold
        if hold is None:
            return after if after.next_try_at is None else after.model_copy(update={"tries": 0, "next_try_at": None})
        if before and before.reason is hold.reason and after.next_try_at:
            return after
        return after.model_copy(update={"tries": 0, "next_try_at": hold.since + RETRIES[0]})
