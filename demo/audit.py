"""What both systems show at the end, read as people read it, compared with what should be there."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from demo.month import CUSTOMERS, Billed, Scenario
from demo.people import BillingClerk, Bookkeeper
from xerosync.core.base import Message
from xerosync.core.documents import Kind
from xerosync.core.xero_records import PLACEHOLDER
from xerosync.documents.messages import SyncState
from xerosync.services import Services


@dataclass(frozen=True, slots=True)
class PlayedDocument:
    """A document of the month with the id and number that Sequence gave it."""

    billed: Billed
    account_id: str
    document_id: str
    number: str


class AuditedDocument(Message):
    """How one document is at the end; `problems` is empty where it is as it should be."""

    kind: Kind
    number: str
    customer: str
    amount: str
    scenario: Scenario
    dates_in_xero: str
    sent_in_xero: bool | None
    state: SyncState
    problems: tuple[str, ...]


async def audit(
    services: Services, clerk: BillingClerk, bookkeeper: Bookkeeper, month: Sequence[PlayedDocument]
) -> list[AuditedDocument]:
    """Return a finding for each document, in the order of the month."""
    books = {kind: await bookkeeper.documents(kind) for kind in Kind}
    counts = Counter((kind, _number(row, kind)) for kind, rows in books.items() for row in rows)
    by_number = {(kind, _number(row, kind)): row for kind, rows in books.items() for row in rows}
    findings: list[AuditedDocument] = []
    for played in month:
        kind = played.billed.kind
        in_sequence = await clerk.read(kind, played.document_id)
        in_xero = by_number.get((kind, played.number))
        link = next(iter(await services.store.documents_by_number(played.number)), None)
        state = link.state if link else SyncState.PENDING
        problems = _problems(played.billed.scenario, kind, in_sequence, in_xero, state)
        if counts[kind, played.number] > 1:
            problems.append(f"in Xero {counts[kind, played.number]} times")
        findings.append(
            AuditedDocument(
                kind=kind,
                number=played.number,
                customer=CUSTOMERS[played.billed.customer][0],
                amount=f"{in_sequence['grossTotal']} {in_sequence['currency']}",
                scenario=played.billed.scenario,
                dates_in_xero=" / ".join(str(day) for day in _dates(kind, in_xero)) if in_xero else "",
                sent_in_xero=bool(in_xero.get("SentToContact")) if in_xero else None,
                state=state,
                problems=tuple(problems),
            )
        )
    return findings


def _problems(
    scenario: Scenario, kind: Kind, in_sequence: dict[str, Any], in_xero: dict[str, Any] | None, state: SyncState
) -> list[str]:
    if in_xero is None:
        return ["not in Xero"]
    is_sent = scenario in (Scenario.SENT_IN_SEQUENCE, Scenario.SENT_IN_XERO)
    is_paid = is_sent and kind is Kind.INVOICE
    placeholders = [PLACEHOLDER] * len(_dates(kind, in_xero))
    expected: dict[str, tuple[object, object]] = {
        "status in Sequence": (
            in_sequence["status"],
            {Scenario.VOIDED: "VOIDED", Scenario.LEFT: "FINAL"}.get(scenario, "SENT"),
        ),
        "status in Xero": (
            in_xero["Status"],
            "VOIDED" if scenario is Scenario.VOIDED else "PAID" if is_paid else "AUTHORISED",
        ),
        "payment in Sequence": (in_sequence.get("paymentStatus"), _payment_status(kind, is_paid=is_paid)),
        "total": (Decimal(in_xero["Total"]), Decimal(in_sequence["grossTotal"])),
        "dates": (_dates(kind, in_xero), _real_dates(kind, in_sequence) if is_sent else placeholders),
        "sent": (bool(in_xero.get("SentToContact")), is_sent),
        "state": (
            state,
            {Scenario.VOIDED: SyncState.VOIDED, Scenario.LEFT: SyncState.PUSHED}.get(scenario, SyncState.SETTLED),
        ),
    }
    return [f"{what} is {found}, not {wanted}" for what, (found, wanted) in expected.items() if found != wanted]


def _payment_status(kind: Kind, *, is_paid: bool) -> str | None:
    """Return the payment status of an invoice in Sequence; credit notes have none."""
    if kind is Kind.CREDIT_NOTE:
        return None
    return "PAID" if is_paid else "UNPAID"


def _number(row: dict[str, Any], kind: Kind) -> str:
    return row["InvoiceNumber" if kind is Kind.INVOICE else "CreditNoteNumber"]


def _dates(kind: Kind, row: dict[str, Any]) -> list[date]:
    names = ("Date", "DueDate") if kind is Kind.INVOICE else ("Date",)
    return [_day(row[name]) for name in names]


def _real_dates(kind: Kind, document: dict[str, Any]) -> list[date]:
    names = ("issueDate", "dueDate") if kind is Kind.INVOICE else ("issueDate",)
    return [date.fromisoformat(document[name]) for name in names]


def _day(raw: str) -> date:
    """Read Xero's `/Date(ms+0000)/`."""
    milliseconds = re.search(r"-?\d+", raw)
    if milliseconds is None:
        raise ValueError(f"not a date of Xero's: {raw}")
    return datetime.fromtimestamp(int(milliseconds.group()) / 1000, UTC).date()
