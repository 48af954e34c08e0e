"""The people of the demo: a billing clerk in Sequence and a bookkeeper in Xero. They know only the two APIs.

None of the product's clients is used here, so what they see is a second witness.
"""

from typing import Any

import httpx
import simplejson

from demo.month import CUSTOMERS, Billed
from xerosync.core.documents import Kind

_SEQUENCE_PATHS = {Kind.INVOICE: "/api/invoices", Kind.CREDIT_NOTE: "/api/credit-notes"}
_XERO_PATHS = {Kind.INVOICE: "/api.xro/2.0/Invoices", Kind.CREDIT_NOTE: "/api.xro/2.0/CreditNotes"}


class BillingClerk:
    """Bills customers in Sequence."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def customer(self, place: int) -> dict[str, Any]:
        """Create a customer of the month."""
        name, town, postcode, country = CUSTOMERS[place]
        return await self._post(
            "/api/customers",
            {
                "legalName": name,
                "address": {
                    "line1": f"{place + 1} Market Street",
                    "town": town,
                    "postcode": postcode,
                    "country": country,
                },
                "taxStatus": "TAXED" if country == "GB" else "REVERSE_CHARGED",
                "contacts": [
                    {
                        "name": "Accounts",
                        "email": f"accounts@customer{place + 1}.example",
                        "billingPreference": "PRIMARY",
                    }
                ],
            },
        )

    async def bill(self, billed: Billed, customer_id: str) -> dict[str, Any]:
        """Draft a document with its lines and finalize it."""
        path = _SEQUENCE_PATHS[billed.kind]
        draft = await self._post(
            path,
            {"customerId": customer_id, "currency": billed.currency, "issueDate": billed.issue_date.isoformat()},
        )
        of_note = {"creditNoteId": draft["id"]} if billed.kind is Kind.CREDIT_NOTE else {}
        for title, quantity, rate, tax_rate in billed.lines:
            line = {"title": title, "quantity": quantity, "rate": rate, "taxRate": tax_rate, "externalIds": []}
            await self._post(f"{path}/{draft['id']}/line-items", line | of_note)
        return await self._post(f"{path}/{draft['id']}/finalize")

    async def send(self, kind: Kind, document_id: str) -> None:
        """Send a finalized document."""
        await self._post(f"{_SEQUENCE_PATHS[kind]}/{document_id}/send")

    async def void(self, kind: Kind, document_id: str) -> None:
        """Void a document."""
        await self._post(f"{_SEQUENCE_PATHS[kind]}/{document_id}/void")

    async def read(self, kind: Kind, document_id: str) -> dict[str, Any]:
        """Read a document."""
        answer = await self._client.get(f"{_SEQUENCE_PATHS[kind]}/{document_id}")
        return answer.raise_for_status().json()

    async def _post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = await self._client.post(path, json=body or {})
        return answer.raise_for_status().json()


class Bookkeeper:
    """Keeps the books in Xero."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def contact(self, name: str, email: str) -> str:
        """Create a contact; return its ContactID."""
        answer = await self._client.put("/api.xro/2.0/Contacts", json={"Name": name, "EmailAddress": email})
        return answer.raise_for_status().json()["Contacts"][0]["ContactID"]

    async def mark_sent(self, kind: Kind, xero_id: str) -> None:
        """Press "mark as sent" on Xero's page of a document."""
        resource = "Invoices" if kind is Kind.INVOICE else "CreditNotes"
        answer = await self._client.post(f"/_sandbox/{resource}/{xero_id}/sent", json={})
        answer.raise_for_status()

    async def pay(self, invoice_id: str) -> None:
        """Record on Xero's page of an invoice that it was paid in full today."""
        (await self._client.post(f"/_sandbox/Invoices/{invoice_id}/pay", json={})).raise_for_status()

    async def documents(self, kind: Kind) -> list[dict[str, Any]]:
        """Read all documents of a kind, with exact amounts."""
        answer = await self._client.get(_XERO_PATHS[kind], params={"page": "1", "pageSize": "1000"})
        answer.raise_for_status()
        return simplejson.loads(answer.text, use_decimal=True)["Invoices" if kind is Kind.INVOICE else "CreditNotes"]

    async def calls(self) -> int:
        """Return how many calls of the Accounting API were made so far, the bookkeeper's own included."""
        answer = await self._client.get("/_sandbox/journal/counts", params={"path": "/api.xro"})
        return answer.raise_for_status().json()["total"]
