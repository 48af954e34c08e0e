"""What the field does: a loop with Xero's own Python client, one document a call, waiting where Xero says so.

The waits are not waited out: the stand-in's clock is moved instead, and that is the time which counts.
"""

import asyncio
import time
from datetime import date, timedelta
from typing import Any

import httpx
from xero_python.accounting import AccountingApi, Contact, CreditNote, CreditNotes, Invoice, Invoices, LineItem
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.exceptions import HTTPStatusException

from benchmarks.figures import Figure
from benchmarks.people import ACCOUNTING, CREDIT_NOTE_EVERY
from standins.serving import serve
from standins.xero import Limits, Xero, create_xero
from tests.patience import PATIENCE

_TOO_MANY = 429
_LINES = (("Platform fee", 1, 480), ("Seats", 12, 24.5), ("API calls", 183250, 0.0001))
_A_LONG_TIME = 10**9


async def measure(size: int) -> list[Figure]:
    """Create so many documents."""
    app = create_xero(limits=Limits.real())
    xero: Xero = app.state.xero
    began = xero.clock.now()
    async with serve(app) as served, httpx.AsyncClient(base_url=served.url, timeout=PATIENCE) as http:
        tenant_id = next(iter(xero.organisations))
        made = await http.put(
            f"{ACCOUNTING}/Contacts",
            json={"Name": "A customer"},
            headers={"xero-tenant-id": tenant_id, "accept": "application/json"},
        )
        contact = Contact(contact_id=made.raise_for_status().json()["Contacts"][0]["ContactID"])
        xero.journal.clear()
        client = _client()
        accounting = AccountingApi(client, base_url=served.url + ACCOUNTING)
        for place in range(size):
            while wait := await asyncio.to_thread(_create, accounting, tenant_id, contact, place):
                xero.clock.advance(wait)
        client.rest_client.pool_manager.clear()
    calls = xero.journal.count(path_prefix=ACCOUNTING)
    refused = xero.journal.count(path_prefix=ACCOUNTING, status=_TOO_MANY)
    took = xero.clock.now() - began
    return [
        Figure(f"{size:,} documents: plain loop, Xero calls", calls, note=f"{refused} of them refused with 429"),
        Figure(
            f"{size:,} documents: plain loop, documents a second",
            size / took.total_seconds(),
            "/s",
            note=f"{timedelta(seconds=round(took.total_seconds()))} by the stand-in's clock",
        ),
    ]


def _client() -> ApiClient:
    # The first Configuration of a process is the default of all later ones, whatever their constructors take.
    Configuration.set_default(None)
    configuration = Configuration(oauth2_token=OAuth2Token(client_id="any", client_secret="any"))
    token = {
        "access_token": "any",
        "token_type": "Bearer",
        "expires_in": _A_LONG_TIME,
        "expires_at": time.time() + _A_LONG_TIME,
        "scope": [],
    }
    client = ApiClient(configuration, oauth2_token_getter=lambda: token, oauth2_token_saver=token.update)
    # Else it would wait by itself, in real time, and send a document whose answer was lost once more.
    client.rest_client.pool_manager.connection_pool_kw["retries"] = False
    return client


def _create(accounting: AccountingApi, tenant_id: str, contact: Contact, place: int) -> timedelta | None:
    """Create one document; return how long to wait where Xero refused for now."""
    lines = [
        LineItem(description=title, quantity=quantity, unit_amount=amount, account_code="200")
        for title, quantity, amount in _LINES
    ]
    four: Any = 4  # the package's types name no number of decimals
    said: dict[str, Any] = {"contact": contact, "line_items": lines, "date": date(2026, 10, 31), "status": "AUTHORISED"}
    try:
        if place % CREDIT_NOTE_EVERY == CREDIT_NOTE_EVERY - 1:
            note = CreditNote(type="ACCRECCREDIT", credit_note_number=f"CN-{place}", **said)
            accounting.create_credit_notes(tenant_id, CreditNotes(credit_notes=[note]), unitdp=four)
        else:
            invoice = Invoice(type="ACCREC", invoice_number=f"INV-{place}", due_date=date(2026, 11, 30), **said)
            accounting.create_invoices(tenant_id, Invoices(invoices=[invoice]), unitdp=four)
    except HTTPStatusException as refusal:
        if refusal.status != _TOO_MANY or refusal.headers is None:
            raise
        return timedelta(seconds=int(refusal.headers["Retry-After"]))
    return None
