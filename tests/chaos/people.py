"""Those who bill in Sequence and keep the books in Xero. They know only the two companies' own pages and APIs."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from xerosync.model.documents import DocumentRef, Kind

_REFUSALS = (400, 404, 409, 422)
_PATHS = {Kind.INVOICE: "invoices", Kind.CREDIT_NOTE: "credit-notes"}
_RESOURCES = {Kind.INVOICE: "Invoices", Kind.CREDIT_NOTE: "CreditNotes"}


@dataclass(frozen=True)
class Billed:
    """A document as the clerk knows it."""

    ref: DocumentRef
    number: str


@dataclass(frozen=True)
class Branch:
    """One account of Sequence and the organisation of Xero that it is connected to, as people see them."""

    account_id: str
    tenant_id: str
    customer_id: str
    sequence: httpx.AsyncClient
    xero: httpx.AsyncClient

    async def bill(self, count: int, dice: random.Random, *, status: str = "FINAL") -> list[Billed]:
        """Issue documents of one to three lines, every fourth a credit note."""
        kinds = [Kind.CREDIT_NOTE if place % 4 == 3 else Kind.INVOICE for place in range(count)]
        drafts = [{**self._draft(dice), "status": status} for _ in kinds]
        body = {
            "invoices": [draft for draft, kind in zip(drafts, kinds, strict=True) if kind is Kind.INVOICE],
            "creditNotes": [draft for draft, kind in zip(drafts, kinds, strict=True) if kind is Kind.CREDIT_NOTE],
        }
        made = await self._post(self.sequence, "/_sandbox/documents/load", body, account=self.account_id)
        billed = [
            Billed(DocumentRef(account_id=self.account_id, kind=kind, document_id=each["id"]), each["number"])
            for kind, plural in ((Kind.INVOICE, "invoices"), (Kind.CREDIT_NOTE, "creditNotes"))
            for each in made[plural]
        ]
        dice.shuffle(billed)
        return billed

    async def send(self, billed: Billed) -> None:
        """Send it to the customer, in Sequence."""
        await self._post(self.sequence, f"/api/{_PATHS[billed.ref.kind]}/{billed.ref.document_id}/send")

    async def void(self, billed: Billed) -> None:
        """Void it in Sequence."""
        await self._post(self.sequence, f"/api/{_PATHS[billed.ref.kind]}/{billed.ref.document_id}/void")

    async def mark_sent(self, billed: Billed) -> None:
        """Press "mark as sent" on Xero's page of it."""
        path = f"/_sandbox/{_RESOURCES[billed.ref.kind]}/{billed.number}/sent"
        await self._post(self.xero, path, tenant=self.tenant_id)

    def _draft(self, dice: random.Random) -> dict[str, Any]:
        day = datetime.now(UTC).date() - timedelta(days=dice.randrange(60))
        lines = [
            {
                "title": "Seats",
                "quantity": str(dice.randint(1, 9)),
                "rate": f"{dice.randint(1, 99_999) / 100:.2f}",
                "taxRate": "0.2",
            }
            for _ in range(dice.randint(1, 3))
        ]
        return {"customerId": self.customer_id, "currency": "GBP", "issueDate": day.isoformat(), "lines": lines}

    async def _post(
        self, client: httpx.AsyncClient, path: str, body: Mapping[str, Any] | None = None, **params: str
    ) -> Any:
        """Press a button until the page says that it is done; pressed twice, it may say that it was done before."""
        was_pressed = False
        while True:
            try:
                answer = await client.post(path, json=body or {}, params=params)
                if answer.is_success:
                    return answer.json() if answer.content else None
                if answer.status_code in _REFUSALS:
                    assert was_pressed, f"{path}: {answer.status_code} {answer.text}"
                    return None
            except (httpx.TransportError, ValueError):
                was_pressed = True
            await asyncio.sleep(0.5)
