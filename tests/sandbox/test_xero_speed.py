"""The stand-in may not be what a test waits for: processor time, so that other work on the machine does not count."""

import time

import httpx

from tests.sandbox.xero_fixtures import line, one_of
from xerosync.sandbox.clock import Clock
from xerosync.sandbox.xero import create_xero

BATCH = 50
LINES = 10
BATCH_SECONDS = 0.050


async def test_a_batch_of_fifty_invoices_of_ten_lines_takes_less_than_fifty_milliseconds():
    app = create_xero(Clock(), seed=1)
    transport = httpx.ASGITransport(app)
    headers = {"accept": "application/json"}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as http:
        contact = one_of(await http.put("/api.xro/2.0/Contacts", json={"Name": "Acme"}))

        def batch(run: int) -> bytes:
            lines = [line(f"{100 + place}.{place}5", Description=f"Line {place}") for place in range(LINES)]
            invoices = [
                {
                    "Type": "ACCREC",
                    "InvoiceNumber": f"{run}-{place}",
                    "Contact": {"ContactID": contact["ContactID"]},
                    "Date": "3000-01-01",
                    "DueDate": "3000-01-01",
                    "Status": "AUTHORISED",
                    "LineItems": lines,
                }
                for place in range(BATCH)
            ]
            return http.build_request("PUT", "/", json={"Invoices": invoices}).read()

        spent: list[float] = []
        for run in range(5):
            body = batch(run)
            began = time.process_time()
            answer = await http.put("/api.xro/2.0/Invoices?summarizeErrors=false", content=body)
            spent.append(time.process_time() - began)
            assert len(answer.json()["Invoices"]) == BATCH

    assert min(spent) < BATCH_SECONDS
