"""What both companies hold in the end, over raw HTTP, by somebody who uses none of the product's code."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import httpx
import simplejson

from tests.chaos.city import City, renew_witness
from tests.chaos.people import Branch

PLACEHOLDER = "3000-01-01"
_KINDS = (
    ("invoices", "Invoices", "InvoiceNumber", "invoiceNumber"),
    ("credit-notes", "CreditNotes", "CreditNoteNumber", "creditNoteNumber"),
)
_IN_FORCE = ("AUTHORISED", "PAID")
Row = dict[str, Any]


async def compare(city: City) -> list[str]:
    """Return what is not as it should be: doubled, lost, foreign, or with another total, date or mark than billed."""
    found = await asyncio.gather(*(_branch(branch) for branch in city.branches))
    return [problem for problems in found for problem in problems]


async def books(branch: Branch) -> AsyncGenerator[tuple[dict[str, Row], list[Row], str]]:
    """Return by kind what both companies hold: Sequence's by number, Xero's, and the name of the number there."""
    await renew_witness(branch.xero, branch.tenant_id)
    for path, plural, number, their_number in _KINDS:
        billed = {row[their_number]: row for row in await _in_sequence(branch.sequence, path)}
        yield billed, await _in_xero(branch.xero, plural), number


async def _branch(branch: Branch) -> list[str]:
    problems: list[str] = []
    async for billed, booked, number in books(branch):
        counts = Counter(row[number] for row in booked)
        problems += [f"{each} is in Xero {times} times" for each, times in counts.items() if times > 1]
        problems += [f"{each} is in Xero and not in Sequence" for each in counts.keys() - billed.keys()]
        by_number = {row[number]: row for row in booked}
        for each, document in billed.items():
            problems += [f"{each} {what}" for what in _differences(document, by_number.get(each))]
    return problems


def _differences(document: Row, row: Row | None) -> Sequence[str]:
    if document["status"] == "VOIDED":
        gone = row is None or row["Status"] == "VOIDED"
        return () if gone else ("is voided in Sequence and stands in Xero",)
    if row is None:
        return ("is not in Xero",)
    is_sent = document["status"] == "SENT"
    wanted: Row = {
        "Status": row["Status"] if row["Status"] in _IN_FORCE else "AUTHORISED",
        "Total": simplejson.loads(document["grossTotal"], use_decimal=True),
        "SentToContact": is_sent,
        "DateString": document["issueDate"] if is_sent else PLACEHOLDER,
    }
    if "dueDate" in document:
        wanted["DueDateString"] = document["dueDate"] if is_sent else PLACEHOLDER
    shown = {name: row.get(name, False) for name in wanted}
    for name in ("DateString", "DueDateString"):
        if name in shown:
            shown[name] = str(shown[name]).partition("T")[0]
    return [f"has {name} {shown[name]}, not {wanted[name]}" for name in wanted if shown[name] != wanted[name]]


async def _in_sequence(client: httpx.AsyncClient, path: str) -> list[Row]:
    rows: list[Row] = []
    after: str | None = None
    while True:
        page = await _get(client, f"/api/{path}", {"limit": "100", **({"after": after} if after else {})})
        rows += page["items"]
        after = (page.get("pagination") or {}).get("after")
        if not after:
            return rows


async def _in_xero(client: httpx.AsyncClient, plural: str) -> list[Row]:
    rows: list[Row] = []
    for page in range(1, 1_000):
        found = (await _get(client, f"/api.xro/2.0/{plural}", {"page": str(page), "pageSize": "1000"}))[plural]
        rows += found
        if len(found) < 1_000:
            break
    return rows


async def _get(client: httpx.AsyncClient, path: str, params: dict[str, str]) -> Any:
    while True:
        answer = await client.get(path, params=params)
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            await asyncio.sleep(float(answer.headers.get("retry-after", "1")))
            continue
        return simplejson.loads(answer.raise_for_status().text, use_decimal=True)
