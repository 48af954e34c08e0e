"""A shop's real sales as documents that exist already, and what a backfill must make of each.

The file holds one line a row. A number that starts with C is a credit note, its quantities negative. Rows without a
customer belong, by turns, to two walk-in customers of their country, of whom one is linked. Each third document is
sent.

`python -m tests.integration.retail REPORT.csv` backfills all of them on a stack of its own, with the limits of both
companies, kills the worker twice on the way, and compares both sides at the end.
"""

import asyncio
import csv
import gzip
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import simplejson

from demo.connect_standins import People
from demo.stack import RunningStack, running_stack
from xerosync.cli.backfill import backfill
from xerosync.cli.terminal import progress
from xerosync.core.documents import Kind
from xerosync.services import Services

SALES = Path(__file__).parents[3] / "shared" / "data" / "online-retail.csv.gz"
TAXED = "United Kingdom"
UNLINKED = "Unknown"
PENNY = Decimal("0.01")
PLACEHOLDER = "3000-01-01"

_TAX_RATE = "0.2"
_AT_ONCE = 100


@dataclass(frozen=True)
class Paper:
    """A document of the file. `customer` names whom it is for; amounts are positive on credit notes, too."""

    number: str
    kind: Kind
    customer: str
    country: str
    issued: date
    is_sent: bool
    lines: tuple[dict[str, str], ...]

    @property
    def total(self) -> Decimal:
        """The gross total, tax rounded on each line."""
        rate = Decimal(_TAX_RATE) if self.country == TAXED else Decimal(0)
        nets = [Decimal(line["quantity"]) * Decimal(line["rate"]) for line in self.lines]
        return sum((net + (net * rate).quantize(PENNY, ROUND_HALF_UP) for net in nets), Decimal(0))

    @property
    def is_linked(self) -> bool:
        """Whether its customer is linked to a contact."""
        return not self.customer.startswith(UNLINKED)

    @property
    def expected(self) -> tuple[str, str]:
        """What a backfill must make of it, and the reason of its hold."""
        if self.total == 0 and not self.is_sent:
            return "waits until it is sent", ""
        return ("in Xero", "") if self.is_linked else ("on hold", "customer_unlinked")


def papers(prefix: str = "", years: int = 0) -> list[Paper]:
    """Return all documents of the file, their numbers prefixed and their dates moved on by so many years."""
    rows: dict[str, list[dict[str, str]]] = {}
    with gzip.open(SALES, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["InvoiceNo"], []).append(row)
    return [_paper(number, each, place, prefix, years) for place, (number, each) in enumerate(rows.items())]


def _paper(number: str, rows: Sequence[Mapping[str, str]], place: int, prefix: str, years: int) -> Paper:
    kind = Kind.CREDIT_NOTE if number.startswith("C") else Kind.INVOICE
    sign = -1 if kind is Kind.CREDIT_NOTE else 1
    first = rows[0]
    issued = date.fromisoformat(first["InvoiceDate"][:10])
    country = first["Country"]
    walk_in = f"{'Walk-in' if place % 2 else UNLINKED} {country}"
    return Paper(
        number=f"{prefix}{number}",
        kind=kind,
        customer=f"Shop {first['CustomerID']} {country}" if first["CustomerID"] else walk_in,
        country=country,
        issued=issued.replace(year=issued.year + years),
        is_sent=place % 3 == 0,
        lines=tuple(
            {
                "title": f"{row['StockCode']} {row['Description']}".strip(),
                "quantity": str(sign * int(row["Quantity"])),
                "rate": row["UnitPrice"],
                "taxRate": _TAX_RATE if country == TAXED else "0",
            }
            for row in rows
        ),
    )


async def stock(people: People, services: Services, billed: Sequence[Paper], tag: str = "") -> None:
    """Put customers and documents into Sequence, contacts into Xero, and link those who are to be linked."""
    customers = {paper.customer: paper for paper in billed}
    ids = {name: f"{tag}{name}".replace(" ", "-").lower() for name in customers}
    await _load(people, {"customers": [_customer(ids[name], tag + name, each) for name, each in customers.items()]})
    linked = [name for name, paper in customers.items() if paper.is_linked]
    for some in _in_lots(linked, 50):
        body = {"Contacts": [{"Name": tag + name} for name in some]}
        answer = await people.xero.put("/api.xro/2.0/Contacts", json=body, params={"summarizeErrors": "false"})
        contacts = {each["Name"]: each["ContactID"] for each in answer.raise_for_status().json()["Contacts"]}
        for name in some:
            await services.linking().link(people.account_id, ids[name], contacts[tag + name], tag + name)
    for some in _in_lots(billed, _AT_ONCE):
        await _load(
            people,
            {
                "invoices": [_document(ids, paper) for paper in some if paper.kind is Kind.INVOICE],
                "creditNotes": [_document(ids, paper) for paper in some if paper.kind is Kind.CREDIT_NOTE],
            },
        )


def _customer(customer_id: str, name: str, paper: Paper) -> dict[str, Any]:
    country = "GB" if paper.country == TAXED else "FR"
    return {
        "id": customer_id,
        "legalName": name,
        "address": {"line1": "1 High Street", "town": "Town", "postcode": "1", "country": country},
        "taxStatus": "TAXED" if paper.country == TAXED else "REVERSE_CHARGED",
        "contacts": [{"name": "Accounts", "email": "accounts@shop.example", "billingPreference": "PRIMARY"}],
    }


def _document(ids: Mapping[str, str], paper: Paper) -> dict[str, Any]:
    number = "invoiceNumber" if paper.kind is Kind.INVOICE else "creditNoteNumber"
    return {
        "customerId": ids[paper.customer],
        "currency": "GBP",
        number: paper.number,
        "issueDate": paper.issued.isoformat(),
        "status": "SENT" if paper.is_sent else "FINAL",
        "lines": list(paper.lines),
    }


async def _load(people: People, body: Mapping[str, Any]) -> None:
    answer = await people.sequence.post("/_sandbox/documents/load", json=dict(body), timeout=120)
    assert answer.is_success, answer.text


def _in_lots(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


async def misfits(people: People, billed: Sequence[Paper], report: Path) -> list[str]:
    """Compare each document in the report and in Xero with what must have become of it; say what does not fit."""
    with report.open(encoding="utf-8-sig", newline="") as opened:
        rows = {row["number"]: row for row in csv.DictReader(opened)}
    books = {kind: await _books(people.xero, kind) for kind in Kind}
    found: list[str] = []
    for paper in billed:
        row, in_xero = rows.get(paper.number), books[paper.kind].get(paper.number, [])
        if row is None or (row["became"], row["holds"]) != paper.expected:
            found.append(f"{paper.number}: {row and (row['became'], row['words'])}, not {paper.expected}")
        if row and Decimal(row["total"]) != paper.total:
            found.append(f"{paper.number}: {row['total']} in Sequence, not {paper.total}")
        is_there = paper.expected[0] == "in Xero"
        if len(in_xero) != is_there:
            found.append(f"{paper.number}: {len(in_xero)} times in Xero")
        elif is_there:
            found.extend(f"{paper.number}: {words}" for words in _unlike(paper, in_xero[0]))
    return found


def _unlike(paper: Paper, row: Mapping[str, Any]) -> Iterable[str]:
    issued = paper.issued.isoformat() if paper.is_sent else PLACEHOLDER
    nets = [Decimal(line["quantity"]) * Decimal(line["rate"]) for line in paper.lines]
    # A document of zero that is approved counts as paid at once.
    status = "AUTHORISED" if paper.total else "PAID"
    pairs = {
        "total": (row["Total"], paper.total),
        "lines": ([line["LineAmount"] for line in row["LineItems"]], nets),
        "date": (row["DateString"][:10], issued),
        "sent": (bool(row.get("SentToContact")), paper.is_sent),
        "status": (row["Status"], status),
    }
    return [f"{what} is {theirs}, not {ours}" for what, (theirs, ours) in pairs.items() if theirs != ours]


async def _books(xero: httpx.AsyncClient, kind: Kind) -> dict[str, list[dict[str, Any]]]:
    """Read all documents of a kind with their lines, amounts exact, by number."""
    plural, number = {
        Kind.INVOICE: ("Invoices", "InvoiceNumber"),
        Kind.CREDIT_NOTE: ("CreditNotes", "CreditNoteNumber"),
    }[kind]
    found: dict[str, list[dict[str, Any]]] = {}
    page = 1
    while True:
        params = {"page": str(page), "pageSize": "500"}
        answer = await xero.get(f"/api.xro/2.0/{plural}", params=params, timeout=120)
        rows = simplejson.loads(answer.raise_for_status().text, use_decimal=True)[plural]
        for row in rows:
            found.setdefault(row[number], []).append(row)
        if len(rows) < 500:
            return found
        page += 1


async def _kill_workers(running: RunningStack, at: Sequence[int]) -> None:
    """Kill the worker whenever so many documents are in Xero."""
    for wanted in at:
        while await _pushed(running) < wanted:
            await asyncio.sleep(0.5)
        os.kill(int((running.stack.data_dir / "worker.lock").read_text()), signal.SIGKILL)


async def _pushed(running: RunningStack) -> int:
    counts = await running.services.store.counts()
    return sum(count.documents for count in counts if count.hold is None and count.state != "pending")


async def run(report: Path) -> dict[str, Any]:
    """Backfill all documents on a stack of its own; return the counts."""
    billed = papers()
    with TemporaryDirectory() as folder:
        async with running_stack(Path(folder), fresh=True, with_edge=False) as running:
            await stock(running.people, running.services, billed)
            before = await _calls(running.people.xero)
            killing = asyncio.create_task(_kill_workers(running, (300, 1200)))
            began = time.monotonic()
            await backfill(report=report, services=running.services)
            seconds = time.monotonic() - began
            killing.cancel()
            calls = await _calls(running.people.xero)
            calls.subtract(before)
            problems = await misfits(running.people, billed, report)
    for problem in problems[:50]:
        progress.print(problem, markup=False)
    return {
        "documents": len(billed),
        "lines": sum(len(paper.lines) for paper in billed),
        "became": Counter(", ".join(filter(None, paper.expected)) for paper in billed),
        "calls to Xero": {"all": calls.total(), **+calls},
        "seconds": round(seconds),
        "problems": len(problems),
    }


async def _calls(xero: httpx.AsyncClient) -> Counter[str]:
    """Count the calls of the Accounting API so far, by what they ask for; `refused` are those over a limit."""
    answer = await xero.get("/_sandbox/journal/counts", params={"path": "/api.xro"})
    calls: Counter[str] = Counter()
    for each in answer.raise_for_status().json()["counts"]:
        if each["path"].startswith("/api.xro"):
            what = (
                "refused" if each["status"] == 429 else f"{each['method']} {each['path'].removeprefix('/api.xro/2.0/')}"
            )
            calls[what] += each["count"]
    return calls


if __name__ == "__main__":
    summary = asyncio.run(run(Path(sys.argv[1])))
    sys.stdout.write(json.dumps(summary, indent=1) + "\n")
    sys.exit(bool(summary["problems"]))
