"""Forty documents of a shop's real sales, from Sequence to Xero: every one once, whole, and to the penny.

The file holds one line a row. An invoice number that starts with C is a credit note, its quantities negative. Left out
are documents without a customer and those with a total of zero or less: they are a matter of their own.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.integration.office import NUMBERS, XERO, Office, gathered
from xerosync.core.documents import DocumentRef, Kind
from xerosync.documents.messages import SyncState

SALES = Path(__file__).parents[3] / "shared" / "data" / "online-retail.csv.gz"
CREDIT_NOTES = 8
INVOICES = 32
LONGEST = 3
"""Of the invoices, this many are those with the most lines."""
SHORT = 8
"""The others come as the file has them, as far as they have no more lines than this."""

TAX_RATE = Decimal("0.2")
PENNY = Decimal("0.01")
TERMS = timedelta(days=30)
XERO_IDS = {Kind.INVOICE: "InvoiceID", Kind.CREDIT_NOTE: "CreditNoteID"}

pytestmark = pytest.mark.skipif(not SALES.is_file(), reason=f"there is no {SALES.name} beside this checkout")


@dataclass(frozen=True)
class Sale:
    """A line of the file; quantities as the document has them, so positive on credit notes, too."""

    title: str
    quantity: int
    rate: Decimal

    @property
    def net(self) -> Decimal:
        return self.quantity * self.rate

    @property
    def tax(self) -> Decimal:
        return (self.net * TAX_RATE).quantize(PENNY, ROUND_HALF_UP)


@dataclass(frozen=True)
class Paper:
    """A document of the file."""

    number: str
    kind: Kind
    customer: str
    issued: date
    sales: tuple[Sale, ...]

    @property
    def total(self) -> Decimal:
        return sum((sale.net + sale.tax for sale in self.sales), Decimal(0))


def papers() -> list[Paper]:
    """Return the documents to bill: the longest invoices, short ones as they come, and credit notes."""
    rows: dict[str, list[dict[str, str]]] = {}
    with gzip.open(SALES, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["InvoiceNo"], []).append(row)
    whole = [paper for number, each in rows.items() if (paper := paper_of(number, each))]
    invoices = [paper for paper in whole if paper.kind is Kind.INVOICE]
    longest = sorted(invoices, key=lambda paper: len(paper.sales), reverse=True)[:LONGEST]
    others = [paper for paper in invoices if len(paper.sales) <= SHORT][: INVOICES - LONGEST]
    return [*longest, *others, *[paper for paper in whole if paper.kind is Kind.CREDIT_NOTE][:CREDIT_NOTES]]


def paper_of(number: str, rows: Sequence[dict[str, str]]) -> Paper | None:
    """Return the document, or None for one that is left out."""
    kind = Kind.CREDIT_NOTE if number.startswith("C") else Kind.INVOICE
    sign = -1 if kind is Kind.CREDIT_NOTE else 1
    sales = tuple(
        Sale(f"{row['StockCode']} {row['Description'].strip()}", sign * int(row["Quantity"]), Decimal(row["UnitPrice"]))
        for row in rows
    )
    first = rows[0]
    paper = Paper(number, kind, first["CustomerID"], date.fromisoformat(first["InvoiceDate"][:10]), sales)
    return paper if paper.customer and paper.total > 0 else None


async def test_real_sales_arrive_once_whole_to_the_penny_and_sent(office: Office) -> None:
    chosen = papers()
    assert Counter(paper.kind for paper in chosen) == {Kind.INVOICE: INVOICES, Kind.CREDIT_NOTE: CREDIT_NOTES}
    assert max(len(paper.sales) for paper in chosen) > 100
    assert len({sale.rate for paper in chosen for sale in paper.sales}) > 40

    names = sorted({paper.customer for paper in chosen})
    customers = dict(zip(names, await gathered(office.customer(f"Shop {name}") for name in names), strict=True))
    refs = await gathered(billed(office, paper, customers[paper.customer]) for paper in chosen)

    await office.signal(refs, "finalized")
    await office.reach(refs, SyncState.PUSHED)
    await office.assert_once(refs, sent=False)

    await gathered(office.act(ref, "send") for ref in refs)
    await office.signal(refs, "sent")
    await office.reach(refs, SyncState.SETTLED)
    await office.assert_once(refs, sent=True)

    books = {kind: await office.in_xero(kind) for kind in Kind}
    await gathered(assert_whole(office, paper, books[paper.kind][paper.number]) for paper in chosen)


async def billed(office: Office, paper: Paper, customer_id: str) -> DocumentRef:
    """Bill a document in Sequence through its API, up to FINAL."""
    lines = [
        {"title": sale.title, "quantity": str(sale.quantity), "rate": str(sale.rate), "taxRate": str(TAX_RATE)}
        for sale in paper.sales
    ]
    fields = {"issueDate": paper.issued.isoformat(), NUMBERS[paper.kind]: paper.number}
    ref = await office.draft(customer_id, paper.kind, lines, **fields)
    final = await office.act(ref, "finalize")
    assert Decimal(final["grossTotal"]) == paper.total
    return ref


async def assert_whole(office: Office, paper: Paper, listed: Sequence[dict[str, Any]]) -> None:
    """Compare the one document that lists under a number, with all its lines, to the file."""
    plural, _ = XERO[paper.kind]
    [found] = listed
    [row] = await office.xero(f"{plural}/{found[XERO_IDS[paper.kind]]}", plural)
    assert row["Total"] == paper.total, paper.number
    assert [
        (line["Description"], line["Quantity"], line["UnitAmount"], line["LineAmount"]) for line in row["LineItems"]
    ] == [(sale.title, sale.quantity, sale.rate, sale.net) for sale in paper.sales], paper.number
    assert day(row["DateString"]) == paper.issued
    if paper.kind is Kind.INVOICE:
        assert day(row["DueDateString"]) == paper.issued + TERMS


def day(text: str) -> date:
    return date.fromisoformat(text.partition("T")[0])
