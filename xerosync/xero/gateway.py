"""Wires the gateway from plain arguments, for a composition root."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from pydantic import SecretStr

from xerosync.connection.grant import Grants
from xerosync.core.clock import utc_now
from xerosync.core.documents import Kind
from xerosync.core.rate_limits import Lane
from xerosync.documents.intent import CALL_TIMEOUT
from xerosync.xero.calls.caller import Caller
from xerosync.xero.calls.document_lookup import FindDocuments
from xerosync.xero.calls.group_commit import GroupCommit
from xerosync.xero.calls.rate_limit import Budget, XeroRateLimiter
from xerosync.xero.calls.transport import Transport
from xerosync.xero.calls.writes import change_documents, create_documents
from xerosync.xero.contacts import ContactBatches, XeroContacts
from xerosync.xero.documents import Batches, XeroBooks
from xerosync.xero.mapping import Origins
from xerosync.xero.oauth.identity import Identity
from xerosync.xero.oauth.tenants import XeroTenants
from xerosync.xero.oauth.tokens import Tokens
from xerosync.xero.organisations import XeroOrganisations


@dataclass(frozen=True, slots=True)
class XeroGateway:
    """All of Xero, through one HTTP client. Each adapter is had for the lane that its caller works in."""

    tokens: Tokens
    identity: Identity
    tenants: XeroTenants
    _transport: Transport
    _limiter: XeroRateLimiter
    _batches: dict[Kind, Batches]
    _contact_batches: ContactBatches
    _origins: Origins

    def books(self, lane: Lane = Lane.LIVE) -> XeroBooks:
        """Return invoices and credit notes; batches are of one lane."""
        courtesy = Caller(self._transport, self._limiter, Lane.BULK, max_wait=timedelta(0))
        return XeroBooks(self._caller(lane), courtesy, self._batches, self.contacts(lane), self._origins)

    def contacts(self, lane: Lane = Lane.LIVE) -> XeroContacts:
        """Return the contacts."""
        return XeroContacts(self._caller(lane), self._contact_batches)

    def organisations(self, lane: Lane = Lane.LIVE) -> XeroOrganisations:
        """Return what connections keep of their organisations."""
        return XeroOrganisations(self._caller(lane))

    async def close(self) -> None:
        """Wait for the calls under way, 30 seconds at most for each."""
        for batches in self._batches.values():
            for commit in (batches.create, batches.change, batches.find):
                await commit.close()
        await self._contact_batches.close()

    def _caller(self, lane: Lane) -> Caller:
        return Caller(self._transport, self._limiter, lane)


@asynccontextmanager
async def open_xero(
    client: httpx.AsyncClient,
    grants: Grants,
    *,
    api_url: str,
    identity_url: str,
    client_id: str,
    client_secret: SecretStr | None,
    invoice_url: str | None = None,
    credit_note_url: str | None = None,
    budget: Budget,
    call_timeout: timedelta = CALL_TIMEOUT,
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[XeroGateway]:
    """Open the gateway over an HTTP client that the caller closes after it.

    `invoice_url` and `credit_note_url` are the addresses of a document in Sequence, with `{id}` in them. Without a
    `budget` calls are counted in this process alone. A call to Xero takes `call_timeout` at most.
    """
    tokens = Tokens(
        grants, client, identity_url=identity_url, client_id=client_id, client_secret=client_secret, clock=clock
    )
    transport = Transport(client, tokens, api_url=api_url, clock=clock, timeout=call_timeout)
    limiter = XeroRateLimiter(budget, clock=clock, sleep=sleep)
    batches = {
        kind: Batches(
            create=GroupCommit(create_documents(kind), transport, limiter),
            change=GroupCommit(change_documents(kind), transport, limiter, waits_in=(Lane.SWEEP, Lane.BULK)),
            find=GroupCommit(FindDocuments(kind), transport, limiter),
            finder=FindDocuments(kind),
        )
        for kind in Kind
    }
    identity = Identity(client, identity_url=identity_url, client_id=client_id, client_secret=client_secret)
    tenants = XeroTenants(client, tokens, api_url=api_url, clock=clock)
    contact_batches = ContactBatches.over(transport, limiter)
    origins = Origins(invoice_url, credit_note_url)
    gateway = XeroGateway(tokens, identity, tenants, transport, limiter, batches, contact_batches, origins)
    try:
        yield gateway
    finally:
        await gateway.close()
