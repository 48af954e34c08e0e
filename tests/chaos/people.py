"""Those who bill in Sequence and keep the books in Xero. They know only the two companies' own pages and APIs.

Methods that return whether something was done are what a person tries: a company may refuse it.
"""

import asyncio
import contextlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from xerosync.core.documents import DocumentRef, Kind

BY_HAND = "HAND-"
"""Numbers of documents that people enter in Xero begin so."""

LINE = "Seats by the window"

_PAUSE_SECONDS = 0.5
_REFUSALS = (400, 404, 409, 422)
_PATHS = {Kind.INVOICE: "invoices", Kind.CREDIT_NOTE: "credit-notes"}
_RESOURCES = {Kind.INVOICE: "Invoices", Kind.CREDIT_NOTE: "CreditNotes"}
_NUMBERS = {Kind.INVOICE: "InvoiceNumber", Kind.CREDIT_NOTE: "CreditNoteNumber"}
_IDS = {Kind.INVOICE: "InvoiceID", Kind.CREDIT_NOTE: "CreditNoteID"}


@dataclass(frozen=True)
class Billed:
    """A document as the clerk knows it."""

    ref: DocumentRef
    number: str
    customer: "Customer"


@dataclass(frozen=True)
class Customer:
    """A customer in Sequence, and its contact in Xero."""

    customer_id: str
    contact_id: str


@dataclass(frozen=True)
class Branch:
    """One account of Sequence and the organisation of Xero that it is connected to, as people see them."""

    account_id: str
    tenant_id: str
    customers: Sequence[Customer]
    names: Sequence[str]
    """Of the customers."""
    sequence: httpx.AsyncClient
    xero: httpx.AsyncClient

    async def bill(self, count: int, dice: random.Random, *, status: str = "FINAL") -> list[Billed]:
        """Issue documents of one to three lines to one customer after the other, every fourth a credit note."""
        kinds = [Kind.CREDIT_NOTE if place % 4 == 3 else Kind.INVOICE for place in range(count)]
        customers = [self.customers[place // 4 % len(self.customers)] for place in range(count)]
        drafts = [{**self._draft(customer, dice), "status": status} for customer in customers]
        body = {
            "invoices": [draft for draft, kind in zip(drafts, kinds, strict=True) if kind is Kind.INVOICE],
            "creditNotes": [draft for draft, kind in zip(drafts, kinds, strict=True) if kind is Kind.CREDIT_NOTE],
        }
        made = await self._post(self.sequence, "/_sandbox/documents/load", body, account=self.account_id)
        billed: list[Billed] = []
        for wanted, plural in ((Kind.INVOICE, "invoices"), (Kind.CREDIT_NOTE, "creditNotes")):
            whose = [customer for customer, kind in zip(customers, kinds, strict=True) if kind is wanted]
            for each, customer in zip(made[plural], whose, strict=True):
                ref = DocumentRef(account_id=self.account_id, kind=wanted, document_id=each["id"])
                billed.append(Billed(ref, each["number"], customer))
        dice.shuffle(billed)
        return billed

    async def credit(self, billed: Billed, dice: random.Random) -> Billed:
        """Issue a credit note that credits an invoice."""
        draft = {**self._draft(billed.customer, dice), "status": "FINAL", "invoiceId": billed.ref.document_id}
        body = {"creditNotes": [draft]}
        made = await self._post(self.sequence, "/_sandbox/documents/load", body, account=self.account_id)
        [note] = made["creditNotes"]
        ref = DocumentRef(account_id=self.account_id, kind=Kind.CREDIT_NOTE, document_id=note["id"])
        return Billed(ref, note["number"], billed.customer)

    async def payment_status(self, billed: Billed) -> str:
        """Look how far Sequence shows an invoice paid."""
        answer = await self.sequence.get(f"/api/invoices/{billed.ref.document_id}")
        return answer.raise_for_status().json()["paymentStatus"]

    async def send(self, billed: Billed) -> None:
        """Send it to the customer, in Sequence."""
        assert await self.press(billed, "send")

    async def void(self, billed: Billed) -> None:
        """Void it in Sequence."""
        assert await self.press(billed, "void")

    async def mark_sent(self, billed: Billed) -> None:
        """Press "mark as sent" on Xero's page of it."""
        assert await self.do(billed, "sent")

    async def press(self, billed: Billed, verb: str) -> bool:
        """Press a button of Sequence: send, void."""
        path = f"/api/{_PATHS[billed.ref.kind]}/{billed.ref.document_id}/{verb}"
        return await self._try(self.sequence, "POST", path)

    async def move_due_date(self, billed: Billed, day: date) -> bool:
        """Give a sent invoice another due date, in Sequence."""
        path = f"/api/invoices/{billed.ref.document_id}/sent"
        return await self._try(self.sequence, "PATCH", path, {"dueDate": day.isoformat()})

    async def do(self, billed: Billed, action: str, **body: object) -> bool:
        """Do something on Xero's page of it: sent, dates, pay, void."""
        path = f"/_sandbox/{_RESOURCES[billed.ref.kind]}/{billed.number}/{action}"
        return await self._try(self.xero, "POST", path, body, tenant=self.tenant_id)

    async def set_off(self, billed: Billed, mark: str) -> bool:
        """Enter another document of one pound in Xero, and set the two off against each other."""
        ours = await self._found(billed)
        if ours is None:
            return False
        is_invoice = billed.ref.kind is Kind.INVOICE
        other = Kind.CREDIT_NOTE if is_invoice else Kind.INVOICE
        made = await self._enter(other, f"{BY_HAND}{mark}", billed.customer)
        note, invoice = (made, ours) if is_invoice else (ours, made)
        allocation = {"Amount": 1, "Date": datetime.now(UTC).date().isoformat(), "Invoice": {"InvoiceID": invoice}}
        return await self._try(self.xero, "PUT", f"/api.xro/2.0/CreditNotes/{note}/Allocations", allocation)

    async def archive(self, customer: Customer, *, archived: bool) -> bool:
        """Archive the customer's contact in Xero, or restore it."""
        path = f"/_sandbox/Contacts/{customer.contact_id}/archive"
        return await self._try(self.xero, "POST", path, {"archived": archived}, tenant=self.tenant_id)

    async def disconnect(self) -> bool:
        """Disconnect the app in Xero."""
        body = {"tenant_id": self.tenant_id, "client_id": "xerosync-dev"}
        return await self._try(self.xero, "POST", "/_sandbox/identity/disconnect", body)

    async def consent(self) -> Mapping[str, Any]:
        """Let the app into the organisation again; return the tokens."""
        return await self._post(self.xero, "/_sandbox/identity/grants", {"tenant_ids": [self.tenant_id]})

    async def _found(self, billed: Billed) -> str | None:
        """Return the id of what Xero shows under the document's number."""
        resource, number = _RESOURCES[billed.ref.kind], _NUMBERS[billed.ref.kind]
        while True:
            with contextlib.suppress(httpx.TransportError, ValueError, LookupError):
                answer = await self.xero.get(f"/api.xro/2.0/{resource}/{billed.number}")
                if answer.status_code == HTTPStatus.NOT_FOUND:
                    return None
                shown = answer.json()[resource][0]
                if shown[number] == billed.number:
                    return shown[_IDS[billed.ref.kind]]
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _enter(self, kind: Kind, number: str, customer: Customer) -> str:
        day = datetime.now(UTC).date().isoformat()
        body = {
            "Type": "ACCREC" if kind is Kind.INVOICE else "ACCRECCREDIT",
            "Contact": {"ContactID": customer.contact_id},
            _NUMBERS[kind]: number,
            "Date": day,
            "DueDate": day,
            "Status": "AUTHORISED",
            "LineItems": [{"Description": "By hand", "Quantity": 1, "UnitAmount": 1, "AccountCode": "200"}],
        }
        await self._try(self.xero, "PUT", f"/api.xro/2.0/{_RESOURCES[kind]}", body)
        by_hand = Billed(DocumentRef(account_id=self.account_id, kind=kind, document_id=number), number, customer)
        return await self._found(by_hand) or ""

    def _draft(self, customer: Customer, dice: random.Random) -> dict[str, Any]:
        day = datetime.now(UTC).date() - timedelta(days=dice.randrange(60))
        lines = [
            {
                "title": LINE,
                "quantity": str(dice.randint(1, 9)),
                "rate": f"{dice.randint(1, 99_999) / 100:.2f}",
                "taxRate": "0.2",
            }
            for _ in range(dice.randint(1, 3))
        ]
        return {"customerId": customer.customer_id, "currency": "GBP", "issueDate": day.isoformat(), "lines": lines}

    async def _post(
        self, client: httpx.AsyncClient, path: str, body: Mapping[str, Any] | None = None, **params: str
    ) -> Any:
        """Press a button until the page says that it is done, or was done before; return what it says first."""
        answer, was_pressed = await _pressed(client, "POST", path, body, params)
        if answer.is_success:
            return answer.json() if answer.content else None
        assert was_pressed, f"{path}: {answer.status_code} {answer.text}"
        return None

    async def _try(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        **params: str,
    ) -> bool:
        """Press a button until the page says that it is done, or that it can't be."""
        answer, was_pressed = await _pressed(client, method, path, body, params)
        return answer.is_success or was_pressed


async def _pressed(
    client: httpx.AsyncClient, method: str, path: str, body: Mapping[str, Any] | None, params: Mapping[str, str]
) -> tuple[httpx.Response, bool]:
    """Press a button until the page says that it is done or refuses; return that, and whether it may be done before.

    It may be, where an answer was lost or was a 5xx: such a one says nothing of what became of it.
    """
    was_pressed = False
    while True:
        try:
            answer = await client.request(method, path, json=body or {}, params=params)
            if answer.is_success or answer.status_code in _REFUSALS:
                return answer, was_pressed
            was_pressed = was_pressed or answer.is_server_error
        except httpx.TransportError:
            was_pressed = True
        await asyncio.sleep(_PAUSE_SECONDS)
