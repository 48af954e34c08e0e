"""What must hold, checked with every write of the product and at the end. The stand-ins' own registers are read.

Only what changed is looked at, so a check costs the same whatever there is.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from standins.sequence import lifecycle
from standins.sequence.money import number
from standins.sequence.records import Document as SequenceDocument
from standins.xero.model import Document, Kind
from standins.xero.registers import DocumentRegister
from tests.simulation.lives import Act, Customer, Life
from tests.simulation.world import OWN, World, paid
from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState

_PLACEHOLDER_YEAR = 3000
_IN_FORCE = ("AUTHORISED", "PAID")
_UNTAXED = "NONE"
_DEFAULT_ACCOUNT = "200"
_SETTLED = SyncState.SETTLED
_PASSING = (HoldReason.CUSTOMER_UNLINKED, HoldReason.LOCKED_PERIOD)
"""Why a document may be held for some days."""


class Witness:
    """Looks at each write of either side; `violate` takes a sentence about a document."""

    def __init__(self, world: World, link_of: Callable[[Life], DocumentLink], violate: Callable[[str], None]) -> None:
        self._world, self._link_of, self._violate = world, link_of, violate
        self.forgotten: frozenset[DocumentRef] = frozenset()
        """What changed in the store after the backup to which it was restored."""
        self.named: frozenset[str | None] = frozenset()
        """Ids of the documents that the last reconcile names."""

        self._lives: dict[tuple[str, str], Life] = {}
        self._by_id: dict[str, Life] = {}
        self._sent_by_hand: set[str] = set()
        self._paid: dict[str, list[str]] = {}
        """How far each invoice was paid in Xero, from the first on."""
        self._told: dict[str, int] = {}
        """Which of these Sequence was told last."""

    def add(self, life: Life) -> None:
        """Know of a document that was billed."""
        self._lives[life.kind.value, life.number] = life
        self._by_id[life.document_id] = life

    @contextmanager
    def watching(self) -> Generator[None]:
        """Look at every write as long as the block lasts."""
        organisation, account = self._world.organisation, self._world.account
        for register in (organisation.invoices, organisation.credit_notes):
            self._watch(register)
        for ours in (account.invoices, account.credit_notes):
            self._watch_statuses(ours)
        set_status = lifecycle.set_payment_status

        def told(account: Any, register: Any, document: SequenceDocument, payment_status: str) -> None:
            set_status(account, register, document, payment_status)
            if document.gross:
                self._see_told(self._by_id[document.id], payment_status)

        with patch.object(lifecycle, "set_payment_status", told):
            yield

    def _watch(self, register: DocumentRegister) -> None:
        put = register.put

        def putting(document: Document) -> None:
            before = register.get(document.id)
            put(document)
            self._see_in_xero(register.kind, before, document)

        register.put = putting

    def _watch_statuses(self, register: Any) -> None:
        set_status = register.set_status

        def setting(document: SequenceDocument, status: str) -> None:
            set_status(document, status)
            if not self._world.is_person_acting:
                self._see_marked(self._by_id[document.id])

        register.set_status = setting

    def _see_marked(self, life: Life) -> None:
        if life.document_id not in self._sent_by_hand:
            self._violate(f"{life.number} is marked as sent in Sequence, and nobody sent it in Xero")

    def _see_told(self, life: Life, status: str) -> None:
        states = self._paid.get(life.number, ["UNPAID"])
        if status not in states:
            self._violate(f"{life.number} is told as {status}, and never was so in Xero")
            return
        last = self._told.get(life.number, 0)
        if status not in states[last:]:
            self._violate(f"{life.number} is told as {status} after {states[last]}: an older state after a newer")
            return
        # The first that it may tell of: what is told one after the other was so one after the other.
        self._told[life.number] = states.index(status, last)

    def _see_in_xero(self, kind: Kind, before: Document | None, document: Document) -> None:
        life = self._lives.get(("invoice" if kind.noun == "Invoice" else "credit_note", document.number))
        if life is None:
            self._violate(f"{document.number} is in Xero, and nobody billed it")
            return
        states = self._paid.setdefault(life.number, ["UNPAID"])
        if document.total and paid(document) != states[-1]:
            states.append(paid(document))
        if self._world.is_person_acting:
            if document.sent and not (before and before.sent):
                self._sent_by_hand.add(life.document_id)
            return
        if (found := len(self._world.in_xero(life))) > 1:
            self._violate(f"{life.number} is {found} times in Xero")
        self._see_written(life, before, document)

    def _see_written(self, life: Life, before: Document | None, document: Document) -> None:
        """Check what the product wrote to one document of Xero."""
        in_sequence = self._world.in_sequence(life)
        if before is None:
            for difference in self._differences(life, in_sequence, document):
                self._violate(f"{life.number} {difference}")
        elif document.lines != before.lines:
            self._violate(f"{life.number} has other lines than it was created with")
        if document.status in ("VOIDED", "DELETED"):
            if in_sequence.status != "VOIDED":
                self._violate(f"{life.number} is voided in Xero, and {in_sequence.status} in Sequence")
            return
        is_dated = document.date.year != _PLACEHOLDER_YEAR
        by_hand = life.document_id in self._sent_by_hand
        if document.sent and in_sequence.status not in ("SENT", "VOIDED") and not by_hand:
            self._violate(f"{life.number} is marked as sent in Xero, and {in_sequence.status} in Sequence")
        has_placeholder = not is_dated or (document.due_date and document.due_date.year == _PLACEHOLDER_YEAR)
        if document.sent and has_placeholder and not by_hand:
            self._violate(f"{life.number} is sent with a placeholder date")
        if is_dated and not document.sent:
            self._violate(f"{life.number} has its own date in Xero before it is sent")

    def _differences(self, life: Life, in_sequence: SequenceDocument, document: Document) -> Generator[str]:
        """Yield where the money of a document in Xero, as it was just created, is not Sequence's."""
        if document.contact_id != self._world.contacts[life.customer]:
            yield "is billed to another contact"
        if document.currency != in_sequence.currency:
            yield f"is in {document.currency}, not {in_sequence.currency}"
        if document.sub_total != number(in_sequence.net, in_sequence.currency):
            yield f"has the net total {document.sub_total}, not {number(in_sequence.net, in_sequence.currency)}"
        gross = number(in_sequence.gross, in_sequence.currency)
        if document.total != gross and not life.tax_drifts:
            yield f"has the total {document.total}, not {gross}"
        if {line.account_code for line in document.lines} != {life.account or _DEFAULT_ACCOUNT}:
            yield f"is on the account {document.lines[0].account_code}, not {life.account or _DEFAULT_ACCOUNT}"
        if life.kind.value == "invoice" and document.url != f"https://app.example/invoices/{life.document_id}":
            yield f"leads to {document.url}, not to itself in Sequence"
        if (life.customer is Customer.EXEMPT) is not all(line.tax_type == _UNTAXED for line in document.lines):
            yield f"has the tax {document.lines[0].tax_type}, and its customer is {life.customer}"

    def heard(self, life: Life, signal: str) -> None:
        """Check, hours after a signal came, that it led to something."""
        found, status = self._world.in_xero(life), self._world.in_sequence(life).status
        link = self._link_of(life)
        hold = link.current_hold or link.hold
        if hold:
            # What a payment froze is tried again once a sweep sees that it was taken back.
            passing = (*_PASSING, HoldReason.FROZEN_BY_PAYMENT) if self.changes_of_payment(life) > 1 else _PASSING
            if hold.reason not in passing and not (found and hold.reason in self._may_hold(life, found[0], status)):
                self._violate(f"{life.number} is held without need{_because(link)}")
            return
        is_zero = self._world.in_sequence(life).gross == 0
        is_done = bool(found) or status == "VOIDED" or is_zero
        if signal == "sent" and status == "SENT":
            is_done = bool(found) and (found[0].sent or found[0].status not in _IN_FORCE)
        if signal == "voided" and status == "VOIDED":
            # Nobody here knows any more that it is in Xero: a reconcile tells a person so.
            is_done = not found or found[0].status == "VOIDED" or self._is_forgotten(life)
        if signal == "amended" and status == "SENT" and found and found[0].status in _IN_FORCE:
            is_done = self._is_due_as_in_sequence(life, found[0])
        if not is_done:
            self._violate(f"{life.number} waits for hours after the signal {signal}")

    def _is_due_as_in_sequence(self, life: Life, document: Document) -> bool:
        due = document.due_date.isoformat() if document.due_date else None
        is_free = _has_own_dates(life, document) or life.kind.value != "invoice"
        return is_free or due == self._world.in_sequence(life).due_date

    def changes_of_payment(self, life: Life) -> int:
        """Return how often it changed how far a document is paid in Xero."""
        return len(self._paid.get(life.number, ()))

    def seen(self, life: Life, then: Document, changes: int) -> None:
        """Check, hours after a person changed a document in Xero, that it led to something, if it is still so.

        `changes` of its payment there were then. Marking a paid one as sent leaves no stamp.
        """
        in_sequence = self._world.in_sequence(life)
        (now, *_), link = self._world.in_xero(life), self._link_of(life)
        if now.status not in _IN_FORCE or in_sequence.status not in ("FINAL", "SENT") or link.state is _SETTLED:
            return
        if now.sent and then.sent and in_sequence.status == "FINAL" and self._world.is_stamped and not now.payments:
            self._violate(f"{life.number} is sent in Xero for hours, and FINAL in Sequence{_because(link)}")
        is_payable = life.kind.value == "invoice" and now.total and changes == self.changes_of_payment(life)
        # What was told of payments before the store was restored is forgotten; in the end a reconcile names it.
        if is_payable and not self._is_forgotten(life) and in_sequence.payment_status != paid(now):
            told = in_sequence.payment_status
            self._violate(f"{life.number} is {paid(now)} for hours, and Sequence was told {told}{_because(link)}")

    def end(self, life: Life) -> None:
        """Check that both books agree on a document, or that a hold with good reason says why not."""
        found, in_sequence, link = self._world.in_xero(life), self._world.in_sequence(life), self._link_of(life)
        if not found and in_sequence.status == "VOIDED":
            return
        if len(found) != 1:
            self._violate(f"{life.number} is {len(found)} times in Xero at the end{_because(link)}")
            return
        (document,) = found
        told, is_issued = in_sequence.payment_status, in_sequence.status in ("FINAL", "SENT")
        if (
            is_issued
            and life.kind.value == "invoice"
            and document.total
            and told != paid(document)
            and not self._is_found_again(life)
        ):
            self._violate(f"{life.number} is {paid(document)}, and Sequence was told {told}{_because(link)}")
        hold = link.current_hold
        if hold and hold.reason not in self._may_hold(life, document, in_sequence.status):
            self._violate(f"{life.number} is held without need{_because(link)}")
        is_wrong = document.status in _IN_FORCE and document.date.year == _PLACEHOLDER_YEAR
        is_alarm = link.is_sent_but_3000 or (link.xero is None and self._is_found_again(life))
        if hold and in_sequence.status == "SENT" and is_wrong and not is_alarm:
            self._violate(f"{life.number} is sent with a placeholder date and no alarm{_because(link)}")
        if hold is None:
            for difference in self._at_end(life, in_sequence, document, link):
                self._violate(f"{life.number} {difference}, and no hold says why")

    def _may_hold(self, life: Life, document: Document, status: str) -> frozenset[HoldReason]:
        """Return for what a document may still be held when all has come to rest."""
        reasons: set[HoldReason] = set()
        # A total of zero counts as paid once it stands in Xero: then nothing of it can be changed any more.
        is_settled = document.status == "PAID" and (status == "VOIDED" or document.date.year != _PLACEHOLDER_YEAR)
        if document.payments or is_settled:
            reasons.add(HoldReason.FROZEN_BY_PAYMENT)
        is_gone = document.status not in _IN_FORCE
        if any(act is Act.VOID_IN_XERO for _, act in life.acts) and is_gone:
            reasons.add(HoldReason.REMOVED_IN_XERO)
        # A note that is forgotten and found again by its number is a person's to decide where any figure differs.
        if life.kind.value == "credit_note" and (life.tax_drifts or is_gone) and self._is_forgotten(life):
            reasons.add(HoldReason.NUMBER_TAKEN)
        return frozenset(reasons)

    def _is_found_again(self, life: Life) -> bool:
        """Whether the store forgot a document, and a reconcile tells a person what differs of it."""
        return self._is_forgotten(life) and life.document_id in self.named

    def _is_forgotten(self, life: Life) -> bool:
        return any(ref.document_id == life.document_id for ref in self.forgotten)

    def _at_end(
        self, life: Life, in_sequence: SequenceDocument, document: Document, link: DocumentLink
    ) -> Generator[str]:
        if "VOIDED" in (in_sequence.status, document.status):
            if in_sequence.status != document.status and not (link.xero is None and self._is_found_again(life)):
                yield f"is {in_sequence.status} and {document.status}"
            return
        gross, drift = number(in_sequence.gross, in_sequence.currency), link.drift
        named = (drift.in_sequence, drift.in_xero) if drift else (gross, gross)
        if named != (gross, document.total):
            yield f"is {gross} and {document.total}, and its drift is not named"
        if document.sent != (in_sequence.status == "SENT"):
            yield f"is {in_sequence.status}, sent in Xero {document.sent}"
        if document.sent and not _has_own_dates(life, document) and document.date.isoformat() != in_sequence.issue_date:
            yield f"is dated {in_sequence.issue_date} and {document.date}"
        if document.sent and not self._is_due_as_in_sequence(life, document):
            yield f"is due {in_sequence.due_date} and {document.due_date}"
        notes = self._world.organisation.history.get(document.id, ())
        if life.kind.value == "credit_note" and not any(life.number in note.details for note in notes):
            yield "has no note that leads back to Sequence"
        if document.reference != (in_sequence.reference or ""):
            yield f"has the reference {document.reference}, not {in_sequence.reference}"


def _has_own_dates(life: Life, document: Document) -> bool:
    """Whether a person gave it dates in Xero."""
    return any(act is Act.SEND_IN_XERO_DATED for _, act in life.acts) and document.date == OWN


def _because(link: DocumentLink) -> str:
    hold = link.current_hold
    return f" (held: {hold.reason})" if hold else ""
