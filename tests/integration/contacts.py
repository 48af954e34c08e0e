"""Contacts of mixed quality, as years of bookkeeping leave them in Xero, and what an import has to make of each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

AT_ONCE = 50

_WHOLE = {
    "AddressType": "POBOX",
    "AddressLine1": "1 High Street",
    "City": "London",
    "PostalCode": "E1 6AN",
    "Country": "United Kingdom",
}
_WRITTEN = ("UK", "EIRE", "Deutschland", "Holland", "USA", "RSA", "France")


@dataclass(frozen=True, slots=True)
class Made:
    """A contact as its organisation has it, and the outcome that is due to it."""

    payload: dict[str, Any]
    due: str
    reason: str = ""


def mixed(count: int, *, name: str = "Contact", known: Sequence[str] = ()) -> list[Made]:
    """Return contacts, every tenth of them with something missing; those named in `known` are customers already."""
    return [_one(f"{name} {place:05}", place, known) for place in range(count)]


def due(contacts: Sequence[Made], created: str = "imported") -> dict[str, int]:
    """Count the outcomes that are due; valid ones are `created`."""
    return dict(Counter(created if each.due == "valid" else each.due for each in contacts))


async def put_in_xero(xero: httpx.AsyncClient, contacts: Sequence[Made]) -> None:
    """Make them customers in Xero, by an invoice to each; suppliers get none."""
    for start in range(0, len(contacts), AT_ONCE):
        some = contacts[start : start + AT_ONCE]
        invoices = [_invoice(each.payload) for each in some if each.due != "supplier"]
        await _put(xero, "Invoices", invoices)
        await _put(xero, "Contacts", [each.payload for each in some if each.due == "supplier"])


def _one(name: str, place: int, known: Sequence[str]) -> Made:
    email = f"bills-{name.replace(' ', '-').lower()}@customers.example"
    payload: dict[str, Any] = {"Name": name, "EmailAddress": email, "Addresses": [_WHOLE]}
    if name in known:
        return Made(payload, "similar", f"It has the name of customer {name}.")
    match place % 20:
        case 3:
            return Made({**payload, "EmailAddress": ""}, "invalid", "It has no e-mail address.")
        case 7:
            return Made(_placed(payload, PostalCode=""), "invalid", "The address has no postal code.")
        case 11:
            words = 'The country "Channel Islands" is not recognised: is it Jersey (JE) or Guernsey (GG)?'
            return Made(_placed(payload, Country="Channel Islands"), "invalid", words)
        case 15:
            return Made(payload, "supplier")
        case _:
            return Made(_placed(payload, Country=_WRITTEN[place % len(_WRITTEN)]), "valid")


def _placed(payload: dict[str, Any], **changes: str) -> dict[str, Any]:
    return {**payload, "Addresses": [{**_WHOLE, **changes}]}


def _invoice(contact: dict[str, Any]) -> dict[str, Any]:
    line = {"Description": "Before", "Quantity": 1, "UnitAmount": 1, "AccountCode": "200"}
    return {
        "Type": "ACCREC",
        "Contact": contact,
        "LineItems": [line],
        "Status": "AUTHORISED",
        "Date": "2025-01-01",
        "DueDate": "2025-02-01",
    }


async def _put(xero: httpx.AsyncClient, plural: str, elements: Sequence[dict[str, Any]]) -> None:
    if elements:
        answer = await xero.put(f"/api.xro/2.0/{plural}", json={plural: elements}, timeout=60)
        assert answer.is_success, answer.text
