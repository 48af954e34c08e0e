"""Both companies in this process with one document between them, and what people do to it on either side.

People use the companies' own APIs and the stand-ins' controls; nothing of the product is used here.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from standins.clock import Clock
from standins.journal import Entry, Journal
from standins.sequence import create_sequence
from standins.xero import create_xero
from xerosync.core.documents import DocumentRef, Kind

XERO_URL, SEQUENCE_URL = "http://127.0.0.1:1", "http://127.0.0.1:2"
ISSUED, DUE = "2026-10-30", "2026-11-29"
MOVED_DUE = "2026-12-15"
OWN, OWN_DUE = "2026-11-05", "2026-12-05"
"""Dates that a person sets in Xero."""

LOCKED_UNTIL = "2026-10-31"
PLACEHOLDER = "3000-01-01"
_MORNING = datetime(2026, 11, 2, 9, tzinfo=UTC)
_ACCOUNTING = "/api.xro/2.0"
_PATHS = {Kind.INVOICE: "invoices", Kind.CREDIT_NOTE: "credit-notes"}
_RESOURCES = {Kind.INVOICE: "Invoices", Kind.CREDIT_NOTE: "CreditNotes"}
_NUMBERS = {Kind.INVOICE: "InvoiceNumber", Kind.CREDIT_NOTE: "CreditNoteNumber"}
_IDS = {Kind.INVOICE: "InvoiceID", Kind.CREDIT_NOTE: "CreditNoteID"}
_ADDRESS = {"line1": "1 Market Street", "town": "London", "postcode": "EC1A 1BB", "country": "GB"}
_ACCOUNTS = {"name": "Accounts", "email": "accounts@customer.example", "billingPreference": "PRIMARY"}
_MINUTE = timedelta(minutes=1)


@dataclass
class Companies:
    """Sequence and Xero, a customer known to both, and a document. `http` reaches both by their addresses."""

    kind: Kind
    clock: Clock
    http: httpx.AsyncClient
    xero_journal: Journal
    sequence_journal: Journal
    account_id: str
    tenant_id: str
    customer_id: str = ""
    contact_id: str = ""
    document_id: str = ""
    number: str | None = None
    _seen: list[int] = field(default_factory=lambda: [0, 0])

    @property
    def ref(self) -> DocumentRef:
        """The document's name."""
        return DocumentRef(account_id=self.account_id, kind=self.kind, document_id=self.document_id)

    async def meet(self) -> None:
        """Enter the customer on both sides."""
        customer = {"legalName": "Ada Ltd", "address": _ADDRESS, "taxStatus": "TAXED", "contacts": [_ACCOUNTS]}
        loaded = await self._sequence("POST", "/_sandbox/documents/load", {"customers": [customer]})
        self.customer_id = loaded["customers"][0]
        made = await self._xero("PUT", f"{_ACCOUNTING}/Contacts", {"Name": "Ada Ltd"})
        self.contact_id = made["Contacts"][0]["ContactID"]

    async def bill(self, status: str, rate: str) -> None:
        """Put the document into Sequence, one line at that rate and a fifth of tax."""
        plural = "invoices" if self.kind is Kind.INVOICE else "creditNotes"
        drafted = {
            "customerId": self.customer_id,
            "currency": "GBP",
            "issueDate": ISSUED,
            "status": status,
            "lines": [{"title": "Platform fee", "quantity": "1", "rate": rate, "taxRate": "0.2"}],
            **({"dueDate": DUE} if self.kind is Kind.INVOICE else {}),
        }
        loaded = await self._sequence("POST", "/_sandbox/documents/load", {plural: [drafted]})
        self.document_id, self.number = loaded[plural][0]["id"], loaded[plural][0]["number"]

    async def press(self, verb: str) -> None:
        """Press a button of Sequence: send, void."""
        await self._sequence("POST", f"/api/{_PATHS[self.kind]}/{self.document_id}/{verb}", {})

    async def delete_draft(self) -> None:
        """Delete the draft in Sequence."""
        await self._sequence("DELETE", f"/api/{_PATHS[self.kind]}/{self.document_id}")

    async def move_due_date(self) -> None:
        """Give the sent invoice another due date in Sequence."""
        await self._sequence("PATCH", f"/api/invoices/{self.document_id}/sent", {"dueDate": MOVED_DUE})

    async def do(self, action: str, **body: Any) -> None:
        """Do something to the document on Xero's own pages: sent, dates, pay, void."""
        await self._xero("POST", f"/_sandbox/{_RESOURCES[self.kind]}/{self.number}/{action}", body)

    async def settle_in_part(self) -> None:
        """Set half of the document off against another one of the same contact, in Xero."""
        note = await self._make(Kind.CREDIT_NOTE, "C-1", "250") if self.kind is Kind.INVOICE else await self._our_id()
        bill = await self._our_id() if self.kind is Kind.INVOICE else await self._make(Kind.INVOICE, "P-1", "250")
        allocation = {"Amount": 250, "Date": OWN, "Invoice": {"InvoiceID": bill}}
        await self._xero("PUT", f"{_ACCOUNTING}/CreditNotes/{note}/Allocations", allocation)

    async def take_number(self) -> None:
        """Enter another document under the same number in Xero."""
        assert self.number, "it has no number yet"
        await self._make(self.kind, self.number, "77")

    async def archive_contact(self) -> None:
        """Archive the customer's contact in Xero."""
        await self._xero("POST", f"/_sandbox/Contacts/{self.contact_id}/archive", {})

    async def lock(self) -> None:
        """Lock the period that the document is dated in, in Xero."""
        await self._xero("POST", "/_sandbox/lock-dates", {"period_lock_date": LOCKED_UNTIL})

    async def take_the_right_to_approve(self) -> None:
        """Let Xero keep what the sync brings there SUBMITTED: the user who connected it may not approve."""
        await self._xero("POST", "/_sandbox/settings", {"approval_gives": "SUBMITTED"})

    async def in_sequence(self) -> Mapping[str, Any] | None:
        """Return the document as Sequence shows it; None where it has none."""
        answer = await self.http.get(f"{SEQUENCE_URL}/api/{_PATHS[self.kind]}/{self.document_id}")
        # A missing credit note is a 400 like any other refusal: the stand-in's own code tells them apart.
        if answer.is_client_error and answer.json()["code"] == HTTPStatus.NOT_FOUND.name:
            return None
        return answer.raise_for_status().json()

    async def in_xero(self) -> list[Mapping[str, Any]]:
        """Return all that Xero shows under the document's number, those apart that another person made."""
        resource = _RESOURCES[self.kind]
        found = await self._xero("GET", f"{_ACCOUNTING}/{resource}?page=1&pageSize=100")
        return [each for each in found[resource] if each[_NUMBERS[self.kind]] == self.number]

    def pass_by(self, span: timedelta = _MINUTE) -> None:
        """Let time pass on both sides."""
        self.clock.advance(span)

    def calls(self) -> tuple[list[Entry], list[Entry]]:
        """Return the calls to Sequence and to Xero since the last time they were asked for."""
        journals = (self.sequence_journal.entries(path_prefix="/api/"), self.xero_journal.entries(path_prefix="/api."))
        fresh = [[entry for entry in each if entry.seq > seen] for each, seen in zip(journals, self._seen, strict=True)]
        self._seen = [max((entry.seq for entry in each), default=0) for each in journals]
        return fresh[0], fresh[1]

    async def _our_id(self) -> str:
        return (await self.in_xero())[0][_IDS[self.kind]]

    async def _make(self, kind: Kind, number: str, net: str) -> str:
        resource = _RESOURCES[kind]
        made = {
            "Type": "ACCREC" if kind is Kind.INVOICE else "ACCRECCREDIT",
            "Contact": {"ContactID": self.contact_id},
            _NUMBERS[kind]: number,
            "Date": OWN,
            "DueDate": OWN_DUE,
            "Status": "AUTHORISED",
            "LineItems": [{"Description": "By hand", "Quantity": 1, "UnitAmount": float(net), "AccountCode": "200"}],
        }
        answer = await self._xero("PUT", f"{_ACCOUNTING}/{resource}", made)
        return answer[resource][0][_IDS[kind]]

    async def _xero(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = {"xero-tenant-id": self.tenant_id, "accept": "application/json"}
        return await self._call(method, f"{XERO_URL}{path}", body, headers)

    async def _sequence(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return await self._call(method, f"{SEQUENCE_URL}{path}", body, {"sequence-version": "2024-07-30"})

    async def _call(self, method: str, url: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]) -> Any:
        answer = await self.http.request(method, url, json=body, headers=headers)
        assert answer.is_success, f"{method} {url}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@asynccontextmanager
async def companies(kind: Kind) -> AsyncGenerator[Companies]:
    """Open two new companies on a Monday morning, with a customer that both know, until the block ends."""
    clock = Clock()
    clock.set(_MORNING)
    xero, sequence = create_xero(clock=clock, seed=1), create_sequence(clock=clock)
    in_xero, in_sequence = httpx.ASGITransport(xero), httpx.ASGITransport(sequence)
    async with httpx.AsyncClient(transport=in_xero, mounts={SEQUENCE_URL: in_sequence}, trust_env=False) as http:
        both = Companies(
            kind=kind,
            clock=clock,
            http=http,
            xero_journal=xero.state.xero.journal,
            sequence_journal=sequence.state.sequence.journal,
            account_id=sequence.state.sequence.account(None).id,
            tenant_id=next(iter(xero.state.xero.organisations)),
        )
        await both.meet()
        yield both
