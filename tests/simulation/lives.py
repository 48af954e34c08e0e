"""What people do to one document over its life, drawn from the document's own die: leaving others out changes nothing.

Times are seconds since the run began, waits are seconds.
"""

import random
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from xerosync.core.documents import Kind

BILLING_RUNS = 4


class Act(StrEnum):
    """Something that a person does, in Sequence unless it says otherwise."""

    SEND = "send"
    SEND_IN_XERO = "send in Xero"
    SEND_IN_XERO_DATED = "send in Xero, with dates of its own"
    AMEND = "move the due date"
    VOID = "void"
    VOID_IN_XERO = "void in Xero"
    PAY_PART = "pay half in Xero"
    PAY = "pay in Xero"
    TAKE_BACK = "take the payments back in Xero"


_SIGNALS = {Act.SEND: "sent", Act.AMEND: "amended", Act.VOID: "voided"}


class Customer(StrEnum):
    """Whose document it is."""

    TAXED = "Taxed Ltd"
    EXEMPT = "Exempt GmbH"
    LATE = "Linked Late Ltd"


@dataclass(frozen=True, slots=True)
class Life:
    """One document and all that happens to it. `acts` come one after the other, each after its wait.

    `net_drifts`: Sequence charges another rate of tax than the ledger account in Xero has.
    """

    index: int
    document_id: str
    number: str
    kind: Kind
    customer: Customer
    currency: str
    quantity: str
    rate: str
    tax_rate: str
    account: str | None
    reference: str | None
    issued: str
    due: str
    born_at: float
    status: str
    acts: tuple[tuple[float, Act], ...]
    tax_drifts: bool = False

    @property
    def draft(self) -> dict[str, object]:
        """The document as Sequence loads it."""
        line: dict[str, object] = {
            "title": "Platform fee",
            "quantity": self.quantity,
            "rate": self.rate,
            "taxRate": self.tax_rate,
        }
        if self.account:
            line["externalIds"] = [{"key": "Xero", "value": self.account}]
        is_invoice = self.kind is Kind.INVOICE
        draft: dict[str, object] = {
            "id": self.document_id,
            "invoiceNumber" if is_invoice else "creditNoteNumber": self.number,
            "currency": self.currency,
            "issueDate": self.issued,
            "status": self.status,
            "lines": [line],
        }
        if self.reference:
            draft["reference"] = self.reference
        if is_invoice:
            draft["dueDate"] = self.due
        return draft


def signal_of(act: Act) -> str | None:
    """Return the signal with which the billing system tells of an act; what is done in Xero it does not see."""
    return _SIGNALS.get(act)


def billing_runs(span: float) -> tuple[float, ...]:
    """Return when many documents are billed at once."""
    return tuple(span / 2 * place / BILLING_RUNS for place in range(BILLING_RUNS))


def life(seed: int, index: int, span: float) -> Life:
    """Draw the life of one document of a run whose people act for `span` seconds."""
    die = random.Random(f"{seed} document {index}")
    kind = die.choices((Kind.INVOICE, Kind.CREDIT_NOTE), (3, 2))[0]
    customer = die.choices(tuple(Customer), (6, 2, 2))[0]
    drifts = customer is not Customer.EXEMPT and die.random() < 0.1
    # Half of them come with a billing run, within a minute of each other, the others at any time.
    born_at = die.choice((die.uniform(0, span / 2), die.choice(billing_runs(span)) + die.uniform(0, 60)))
    acts = _acts(die, kind, span / 2)
    is_sent_at_once = die.random() < 0.1 and acts[0][1] is Act.SEND
    return Life(
        index=index,
        document_id=str(UUID(int=die.getrandbits(128), version=4)),
        number=f"{'INV' if kind is Kind.INVOICE else 'CN'}-{index}",
        kind=kind,
        customer=customer,
        currency=die.choices(("GBP", "EUR"), (4, 1))[0],
        quantity=die.choice(("1", "3", "2.5", "0.12345", "17")),
        rate="0" if die.random() < 0.06 else f"{die.randint(1, 9_000_000) / 10_000:.{die.choice((2, 2, 3, 4))}f}",
        tax_rate="0" if customer is Customer.EXEMPT else "0.05" if drifts else "0.2",
        account=die.choice((None, "200", "260")),
        reference=die.choice((None, f"PO {index}")),
        issued=die.choice(("2026-10-26", "2026-10-30", "2026-11-02")),
        due=die.choice(("2026-11-29", "2026-12-02")),
        born_at=born_at,
        status="SENT" if is_sent_at_once else "FINAL",
        acts=acts[1:] if is_sent_at_once else acts,
        tax_drifts=drifts,
    )


def _acts(die: random.Random, kind: Kind, span: float) -> tuple[tuple[float, Act], ...]:
    sending = die.choices((Act.SEND, Act.SEND_IN_XERO, Act.SEND_IN_XERO_DATED), (8, 4, 1))[0]
    if kind is Kind.CREDIT_NOTE:
        stories: tuple[tuple[int, tuple[Act, ...]], ...] = (
            (5, (sending,)),
            (2, (sending, Act.VOID)),
            (2, (Act.VOID,)),
            (3, (sending, Act.VOID_IN_XERO)),
        )
    else:
        stories = (
            (2, (sending,)),
            (6, (sending, Act.PAY)),
            (3, (sending, Act.PAY_PART, Act.PAY)),
            (2, (sending, Act.PAY, Act.TAKE_BACK)),
            (2, (sending, Act.PAY_PART, Act.PAY, Act.TAKE_BACK, Act.PAY)),
            (2, (Act.PAY, sending)),
            (1, (Act.PAY_PART, Act.PAY, sending)),
            (3, (sending, Act.AMEND)),
            (2, (sending, Act.AMEND, Act.PAY)),
            (2, (sending, Act.VOID)),
            (2, (Act.VOID,)),
            (1, (sending, Act.VOID_IN_XERO)),
        )
    acts = die.choices([acts for _, acts in stories], [weight for weight, _ in stories])[0]
    # Some follow at once, before anybody could look, or while what led to them is still being done.
    waits = [die.choice((die.uniform(1, 15), die.uniform(1, 60), die.uniform(1, span / len(acts)))) for _ in acts]
    return tuple(zip(waits, acts, strict=True))
