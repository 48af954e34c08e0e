"""How long the Xero stand-in computes for a batch: it should not be what a test waits for.

Processor time of this process, so that other work on the machine counts little; the best of several runs.
"""

import time
from typing import Any

import httpx

from benchmarks.figures import Figure
from standins.clock import Clock
from standins.xero import create_xero

TITLE = "The Xero stand-in"
BATCH = 50
LINES = 10


async def measure(*, runs: int = 10) -> list[Figure]:
    """Create batches of fifty invoices of ten lines each, straight in this process."""
    app = create_xero(Clock(), seed=1)
    headers = {"accept": "application/json"}
    spent: list[float] = []
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", headers=headers
    ) as http:
        made = await http.put("/api.xro/2.0/Contacts", json={"Name": "Acme"})
        contact = made.raise_for_status().json()["Contacts"][0]["ContactID"]
        for run in range(runs):
            body = http.build_request("PUT", "/", json={"Invoices": _invoices(run, contact)}).read()
            began = time.process_time()
            answer = await http.put("/api.xro/2.0/Invoices?summarizeErrors=false", content=body)
            spent.append(time.process_time() - began)
            answer.raise_for_status()
    return [Figure(f"a batch of {BATCH} invoices of {LINES} lines", 1000 * min(spent), "ms", at_most=50)]


def _invoices(run: int, contact: str) -> list[dict[str, Any]]:
    lines = [
        {"Description": f"Line {place}", "Quantity": "1", "UnitAmount": f"{100 + place}.5", "AccountCode": "200"}
        for place in range(LINES)
    ]
    return [
        {
            "Type": "ACCREC",
            "InvoiceNumber": f"{run}-{place}",
            "Contact": {"ContactID": contact},
            "Date": "3000-01-01",
            "DueDate": "3000-01-01",
            "Status": "AUTHORISED",
            "LineItems": lines,
        }
        for place in range(BATCH)
    ]
