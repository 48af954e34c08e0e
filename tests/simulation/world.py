"""Both companies, and what people do in them by hand: without the product, and never failing on the way."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from standins.clock import Clock
from standins.sequence import create_sequence
from standins.sequence import lifecycle as in_sequence
from standins.sequence.errors import NotAllowed
from standins.sequence.kinds import CREDIT_NOTE as SEQUENCE_CREDIT_NOTE
from standins.sequence.kinds import INVOICE as SEQUENCE_INVOICE
from standins.sequence.kinds import Kind as SequenceKind
from standins.sequence.loading import load_documents
from standins.sequence.reading import Fields
from standins.sequence.records import Document as SequenceDocument
from standins.xero import actions, create_xero
from standins.xero.errors import InvalidError
from standins.xero.model import CREDIT_NOTE, INVOICE, Contact
from standins.xero.model import Document as XeroDocument
from standins.xero.settlement import remove_payment
from tests.simulation.lives import Act, Customer, Life
from xerosync.core.documents import Kind

BEGAN = datetime(2026, 11, 2, 9, tzinfo=UTC)
LOCKED_UNTIL = (BEGAN - timedelta(days=4)).date()
_ADDRESS = {"line1": "1 Market Street", "town": "London", "postcode": "EC1A 1BB", "country": "GB"}
_BILLED = {"name": "Accounts", "email": "accounts@customer.example", "billingPreference": "PRIMARY"}
_XERO_KINDS = {Kind.INVOICE: INVOICE, Kind.CREDIT_NOTE: CREDIT_NOTE}
_SEQUENCE_KINDS = {Kind.INVOICE: SEQUENCE_INVOICE, Kind.CREDIT_NOTE: SEQUENCE_CREDIT_NOTE}
OWN, OWN_DUE = BEGAN.date() + timedelta(days=3), BEGAN.date() + timedelta(days=33)


class SkewedClock(Clock):
    """The virtual time of a run, as somebody sees it whose clock is apart by some seconds."""

    def __init__(self, seconds: Callable[[], float], apart: float = 0.0) -> None:
        super().__init__()
        self._seconds = seconds
        self._apart = apart

    def now(self) -> datetime:
        """Return the present moment."""
        return BEGAN + timedelta(seconds=self._seconds() + self._apart)


class World:
    """Sequence with one account, Xero with one organisation, and three customers that stand in both."""

    def __init__(self, seed: int, seconds: Callable[[], float], *, xero_apart: float, sequence_apart: float) -> None:
        self.xero = create_xero(clock=SkewedClock(seconds, xero_apart), seed=seed)
        self.sequence = create_sequence(clock=SkewedClock(seconds, sequence_apart))
        self.organisation = next(iter(self.xero.state.xero.organisations.values()))
        self.account = self.sequence.state.sequence.account(None)
        self.is_person_acting = False
        self.customers: dict[Customer, str] = {}
        self.contacts: dict[Customer, str] = {}
        for customer in Customer:
            self._enter(customer)
        actions.set_currencies(self.organisation, ["GBP", "EUR"])
        # It is not published whether Xero refuses a credit note's number in use: the worse of the two is played.
        # Nor whether marking a document as sent is stamped: both are played.
        self.is_stamped = seed % 2 == 1
        settings = {"credit_note_numbers_unique": False, "sent_is_stamped": self.is_stamped}
        actions.change_settings(self.organisation, settings)

    def _enter(self, customer: Customer) -> None:
        status = "TAX_EXEMPT" if customer is Customer.EXEMPT else "TAXED"
        entered = {"legalName": customer.value, "address": _ADDRESS, "taxStatus": status, "contacts": [_BILLED]}
        self.customers[customer] = load_documents(self.account, Fields({"customers": [entered]}))["customers"][0]
        contact_id, stamp = self.organisation.xero.new_id(), self.organisation.stamp()
        sequence = self.organisation.next_sequence()
        self.organisation.put_contact(
            Contact(id=contact_id, sequence=sequence, name=customer.value, updated=stamp), announce=False
        )
        self.contacts[customer] = contact_id

    def bill(self, life: Life) -> None:
        """Put a document into Sequence, as far as its life begins."""
        plural = "invoices" if life.kind is Kind.INVOICE else "creditNotes"
        draft = life.draft | {"customerId": self.customers[life.customer]}
        with self._person():
            load_documents(self.account, Fields({plural: [draft]}))

    @contextmanager
    def _person(self) -> Generator[None]:
        self.is_person_acting = True
        try:
            yield
        finally:
            self.is_person_acting = False

    def in_sequence(self, life: Life) -> SequenceDocument:
        """Return the document as Sequence has it."""
        return self.account.register(_SEQUENCE_KINDS[life.kind]).get(life.document_id)

    def kind_in_sequence(self, life: Life) -> SequenceKind:
        """Return the document's kind, as Sequence names it."""
        return _SEQUENCE_KINDS[life.kind]

    def in_xero(self, life: Life) -> list[XeroDocument]:
        """Return all that Xero has under the document's number."""
        register = self.organisation.register(_XERO_KINDS[life.kind])
        return [each for each in register.numbered(life.number) if each.status != "DELETED"]

    def lock_books(self, *, locked: bool) -> None:
        """Lock Xero's books up to some days before the run, or unlock them: a third of the documents is older."""
        actions.set_lock_dates(self.organisation, {"period_lock_date": LOCKED_UNTIL if locked else None})

    def do(self, life: Life, act: Act) -> bool:
        """Let a person do something; return whether the companies let them, as it stands now."""
        with self._person():
            try:
                if act in (Act.SEND, Act.AMEND, Act.VOID):
                    self._in_sequence(life, act)
                    return True
                found = self.in_xero(life)
                if found:
                    self._in_xero(life, act, found[0])
            except (NotAllowed, InvalidError):
                return False
            return bool(found)

    def _in_sequence(self, life: Life, act: Act) -> None:
        register, document = self.account.register(_SEQUENCE_KINDS[life.kind]), self.in_sequence(life)
        match act:
            case Act.SEND:
                in_sequence.send(self.account, register, document)
            case Act.AMEND:
                in_sequence.require_sent(register, document)
                in_sequence.move_due_date(document, "2026-12-20")
                document.updated_at = self.account.stamp()
            case _:
                in_sequence.void(self.account, register, document)

    def _in_xero(self, life: Life, act: Act, document: XeroDocument) -> None:
        organisation, kind = self.organisation, _XERO_KINDS[life.kind]
        match act:
            case Act.SEND_IN_XERO:
                actions.mark_sent(organisation, kind, document)
            case Act.SEND_IN_XERO_DATED:
                dated = actions.edit_dates(organisation, kind, document, OWN, OWN_DUE)
                actions.mark_sent(organisation, kind, dated)
            case Act.VOID_IN_XERO:
                actions.set_status(organisation, kind, document, "VOIDED")
            case Act.PAY_PART:
                half = (document.due / 2).quantize(Decimal("0.01"))
                actions.pay_document(organisation, kind, document, amount=half)
            case Act.PAY:
                actions.pay_document(organisation, kind, document)
            case _:
                self._take_back(document)

    def _take_back(self, document: XeroDocument) -> None:
        for payment_id in document.payments:
            remove_payment(self.organisation, self.organisation.payments[payment_id])


def paid(document: XeroDocument) -> str:
    """Say how far a document of Xero is paid, in Sequence's words."""
    if document.paid + document.credited == 0:
        return "UNPAID"
    return "PARTIALLY_PAID" if document.due > 0 else "PAID"
