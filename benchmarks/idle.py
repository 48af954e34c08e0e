"""One document at idle: from `finalized` until it is in Xero, beyond a bare workflow that makes the bare call.

Both are timed by the stand-in: when the call that creates the document arrived there.
"""

import asyncio
import json
from collections.abc import Awaitable
from datetime import UTC, datetime

from temporalio.client import Client

from benchmarks import people
from benchmarks.bare import BARE_QUEUE, BareCallWorkflow, bare_worker
from benchmarks.figures import Figure, middle
from benchmarks.people import ACCOUNTING
from benchmarks.stage import Stage, stage
from benchmarks.waiting import until
from xerosync.core.documents import Kind

TITLE = "One document at idle"
_REST_SECONDS = 2.0
"""Before each call, so that Xero's minute is never half used."""

_INVOICES = f"{ACCOUNTING}/Invoices"


async def measure(rounds: int = 20, rest_seconds: float = _REST_SECONDS) -> list[Figure]:
    """Push one document, then run one bare workflow, in turns. The first of both only warm everything up."""
    ours: list[float] = []
    bares: list[float] = []
    async with stage() as running:
        billed = await running.bill(2 * rounds + 2)
        invoices = [ref for ref in billed if ref.kind is Kind.INVOICE][: rounds + 1]
        contact = await running.xero.put(f"{ACCOUNTING}/Contacts", json={"Name": "Bare customer"})
        contact_id: str = contact.raise_for_status().json()["Contacts"][0]["ContactID"]
        client = await Client.connect(running.servers.temporal_address)
        async with bare_worker(running, _bare_call(running, contact_id)):
            for turn, ref in enumerate(invoices):
                await asyncio.sleep(rest_seconds)
                ours.append(await _arrives(running, running.services.workflows.signal(ref, "finalized")))
                await asyncio.sleep(rest_seconds)
                bare = client.start_workflow(
                    BareCallWorkflow.run, f"B-{turn}", id=f"bare-call/{turn}", task_queue=BARE_QUEUE
                )
                bares.append(await _arrives(running, bare))
    ours, bares = ours[1:], bares[1:]
    beyond = [one - other for one, other in zip(ours, bares, strict=True)]
    spread = f"of single pairs from {min(beyond):.0f} to {max(beyond):.0f}"
    return [
        Figure("finalized until the call that creates it arrives", middle(ours), "ms", note=f"median of {rounds}"),
        Figure("bare workflow until its bare call arrives", middle(bares), "ms", note="in turns with the above"),
        Figure("beyond the bare ones", middle(ours) - middle(bares), "ms", at_most=50, note=spread),
    ]


async def _arrives(running: Stage, begin: Awaitable[object]) -> float:
    """Begin, and return after how many milliseconds the next call that creates an invoice arrived at Xero."""
    await people.forget_calls(running.xero)
    arrived: list[datetime] = []

    async def has_arrived() -> bool:
        journal = await running.xero.get("/_sandbox/journal", params={"method": "PUT", "path": _INVOICES})
        arrived.extend(datetime.fromisoformat(entry["at"]) for entry in journal.json() if entry["status"] is not None)
        return bool(arrived)

    began = datetime.now(UTC)
    await begin
    await until(has_arrived, look_every=0.1)
    return (arrived[0] - began).total_seconds() * 1000


def _bare_call(running: Stage, contact_id: str) -> dict[str, str]:
    """Return what the bare worker must know to create an invoice."""
    line = {"Description": "Seats", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    invoice = {
        "Type": "ACCREC",
        "InvoiceNumber": "NUMBER",
        "Status": "AUTHORISED",
        "Contact": {"ContactID": contact_id},
        "Date": "2026-10-31",
        "DueDate": "2026-11-30",
        "LineItems": [line],
    }
    return {
        "BARE_URL": f"{running.xero.base_url}".rstrip("/") + _INVOICES,
        "BARE_TOKEN": running.xero.headers["authorization"],
        "BARE_TENANT": running.xero.headers["xero-tenant-id"],
        "BARE_BODY": json.dumps({"Invoices": [invoice]}),
    }
