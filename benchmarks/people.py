"""The world around the product: a billing system full of documents, and the books that take them.

Only the two APIs and the controls of the stand-ins are used here, none of the product's clients.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from xerosync.core.documents import DocumentRef, Kind

ACCOUNTING = "/api.xro/2.0"
CREDIT_NOTE_EVERY = 20
"""One document in so many is a credit note."""

_DOCUMENTS_A_CUSTOMER = 20
_DOCUMENTS_A_LOAD = 2_000
_ADDRESS = {"line1": "1 Market Street", "town": "London", "postcode": "EC1A 1BB", "country": "GB"}
_LINES = [
    {"title": "Platform fee", "quantity": "1", "rate": "480.00", "taxRate": "0.2"},
    {"title": "Seats", "quantity": "12", "rate": "24.50", "taxRate": "0.2"},
    {"title": "API calls", "quantity": "183250", "rate": "0.000123", "taxRate": "0.2"},
]


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of Sequence and its contact in Xero."""

    customer_id: str
    contact_id: str


async def customers(sequence: httpx.AsyncClient, xero: httpx.AsyncClient, documents: int) -> list[Customer]:
    """Create the customers of so many documents, on both sides."""
    wanted = math.ceil(documents / _DOCUMENTS_A_CUSTOMER)
    made = await new_customers(sequence, wanted)
    contacts = [{"Name": f"Customer {place}"} for place in range(wanted)]
    ids: list[str] = []
    for first in range(0, wanted, 50):
        answer = await xero.put(f"{ACCOUNTING}/Contacts", json={"Contacts": contacts[first : first + 50]})
        ids += [each["ContactID"] for each in answer.raise_for_status().json()["Contacts"]]
    return [Customer(*pair) for pair in zip(made, ids, strict=True)]


async def new_customers(sequence: httpx.AsyncClient, count: int) -> list[str]:
    """Create so many customers in Sequence alone; return their ids."""
    return (await _load(sequence, {"customers": [_customer(place) for place in range(count)]}))["customers"]


async def documents(
    sequence: httpx.AsyncClient, account_id: str, billed: Sequence[Customer], count: int, *, status: str = "FINAL"
) -> list[DocumentRef]:
    """Load so many documents of three lines into Sequence; return their names."""
    refs: list[DocumentRef] = []
    for first in range(0, count, _DOCUMENTS_A_LOAD):
        places = range(first, min(count, first + _DOCUMENTS_A_LOAD))
        notes = [place for place in places if place % CREDIT_NOTE_EVERY == CREDIT_NOTE_EVERY - 1]
        invoices = [place for place in places if place not in set(notes)]
        made = await _load(
            sequence,
            {
                "invoices": [_document(billed, place, status) for place in invoices],
                "creditNotes": [_document(billed, place, status) for place in notes],
            },
        )
        for kind, name, group in ((Kind.INVOICE, "invoices", invoices), (Kind.CREDIT_NOTE, "creditNotes", notes)):
            refs += [
                DocumentRef(account_id=account_id, kind=kind, document_id=each["id"])
                for each, _ in zip(made[name], group, strict=True)
            ]
    return refs


async def send(sequence: httpx.AsyncClient, ref: DocumentRef) -> None:
    """Send a document in Sequence."""
    path = "invoices" if ref.kind is Kind.INVOICE else "credit-notes"
    (await sequence.post(f"/api/{path}/{ref.document_id}/send", json={})).raise_for_status()


async def calls(client: httpx.AsyncClient, path: str = ACCOUNTING) -> dict[str, int]:
    """Return how many requests a stand-in answered so far, by method, resource and status."""
    answer = await client.get("/_sandbox/journal/counts", params={"path": path})
    counted: dict[str, int] = {}
    for row in answer.raise_for_status().json()["counts"]:
        resource = row["path"].removeprefix(path).strip("/")
        name = f"{row['method']} {resource} {row['status']}"
        counted[name] = counted.get(name, 0) + row["count"]
    return counted


async def forget_calls(*clients: httpx.AsyncClient) -> None:
    """Start counting anew."""
    await asyncio.gather(*(client.delete("/_sandbox/journal") for client in clients))


def spent(counted: dict[str, int], *, status: int | None = None) -> int:
    """Add up calls, or those of one status."""
    return sum(times for name, times in counted.items() if status is None or name.endswith(f" {status}"))


async def _load(sequence: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await sequence.post("/_sandbox/documents/load", json=body, timeout=None)
    return answer.raise_for_status().json()


def _customer(place: int) -> dict[str, Any]:
    contact = {"name": "Accounts", "email": f"accounts@customer{place}.example", "billingPreference": "PRIMARY"}
    return {
        "legalName": f"Customer {place}",
        "address": _ADDRESS,
        "taxStatus": "TAXED",
        "contacts": [contact],
    }


def _document(billed: Sequence[Customer], place: int, status: str) -> dict[str, Any]:
    return {
        "customerId": billed[place % len(billed)].customer_id,
        "currency": "GBP",
        "issueDate": "2026-10-31",
        "lines": _LINES,
        "status": status,
    }
