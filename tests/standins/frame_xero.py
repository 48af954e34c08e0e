"""A Xero without documents: the middlewares around one resource that tells what reached it."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.clock import Clock
from standins.controls import shared_controls
from standins.exactjson import ExactJSONResponse
from standins.faults import FaultMiddleware, Faults
from standins.journal import Journal, JournalMiddleware
from standins.serving import serve
from standins.xero import identity, limits, webhooks
from standins.xero.idempotency import IdempotencyMiddleware
from standins.xero.identity import AuthenticationMiddleware, IdentityState
from standins.xero.identity.state import DEV_CLIENT_ID, DEV_CLIENT_SECRET
from standins.xero.limits import Limits, LimitsMiddleware
from standins.xero.webhooks import Webhooks
from tests.patience import PATIENCE

ORG = "11111111-1111-4111-8111-111111111111"
OTHER_ORG = "22222222-2222-4222-8222-222222222222"
CALLBACK = "http://localhost:4321/callback"
SCOPE = "offline_access accounting.invoices accounting.contacts accounting.settings"
VERIFIER = "a-verifier-of-more-than-forty-three-characters-so-there"


@dataclass
class BareXero:
    """What `app.state.xero` is to the middlewares, and the calls that reached the resource."""

    clock: Clock
    identity: IdentityState
    webhooks: Webhooks
    limits: Limits = field(default_factory=Limits.off)
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    calls: list[tuple[str, str | None, bytes]] = field(default_factory=list)
    gate: tuple[asyncio.Semaphore, asyncio.Event] | None = None


@dataclass
class Bench:
    """The stand-in and a client in front of it."""

    xero: BareXero
    url: str
    http: httpx.AsyncClient

    async def sandbox(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(f"/_sandbox/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def consent(
        self, *, client_id: str = DEV_CLIENT_ID, scope: str = SCOPE, tenants: tuple[str, ...] = (ORG,), **extra: str
    ) -> str:
        """Press "Allow" and return the code."""
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": CALLBACK,
            "scope": scope,
            "state": "s&1",
            **extra,
        }
        answer = await self.http.post(
            "/identity/connect/authorize", data={**asked, "tenant": list(tenants), "answer": "allow"}
        )
        assert answer.status_code == 302, answer.text
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        assert back["state"] == ["s&1"]
        return back["code"][0]

    async def token(self, **form: str) -> httpx.Response:
        """Call the token endpoint with the development app's credentials in the header."""
        return await self.http.post("/connect/token", data=form, auth=(DEV_CLIENT_ID, DEV_CLIENT_SECRET))

    async def sign_in(self, **consent: Any) -> dict[str, Any]:
        """Consent and exchange the code."""
        code = await self.consent(**consent)
        answer = await self.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refresh(self, refresh_token: str) -> httpx.Response:
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token)

    async def call(
        self,
        token: str | None = None,
        path: str = "Invoices",
        *,
        method: str = "GET",
        tenant: str | None = ORG,
        **kw: Any,
    ) -> httpx.Response:
        """Call the API."""
        headers = dict(kw.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if tenant is not None:
            headers["xero-tenant-id"] = tenant
        return await self.http.request(method, f"/api.xro/2.0/{path}", headers=headers, **kw)


def challenge(verifier: str = VERIFIER) -> str:
    """Return the S256 challenge, computed apart from the stand-in."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


async def _resource(request: Request) -> Response:
    xero: BareXero = request.app.state.xero
    body = await request.body()
    xero.calls.append((request.method, request.headers.get("xero-tenant-id"), body))
    if xero.gate is not None:
        arrived, go_on = xero.gate
        arrived.release()
        await go_on.wait()
    if request.headers.get("x-fail"):
        return ExactJSONResponse({"Message": "no", "call": len(xero.calls)}, status_code=400)
    return ExactJSONResponse({"call": len(xero.calls), "Accounts": []})


@asynccontextmanager
async def bare_xero(*, authentication: bool = False, limits_: Limits | None = None) -> AsyncIterator[Bench]:
    """Serve it with two organisations known."""
    clock = Clock()
    state = BareXero(clock, IdentityState(clock, authentication), Webhooks(clock), limits_ or Limits.off())
    state.identity.connect(ORG, "Demo Company")
    state.identity.connect(OTHER_ORG, "Other Company")
    app = Starlette(
        routes=[
            Route("/api.xro/2.0/{rest:path}", _resource, methods=["GET", "PUT", "POST", "DELETE"]),
            *identity.routes,
            *limits.routes,
            *webhooks.routes,
            *shared_controls(clock, state.journal, state.faults),
        ],
        middleware=[
            Middleware(JournalMiddleware, state=state),
            Middleware(FaultMiddleware, state=state),
            Middleware(AuthenticationMiddleware, state=state),
            Middleware(LimitsMiddleware, state=state),
            Middleware(IdempotencyMiddleware, state=state),
        ],
    )
    app.state.xero = state
    async with serve(app) as served, httpx.AsyncClient(base_url=served.url, timeout=PATIENCE) as http:
        yield Bench(state, served.url, http)
    await state.webhooks.close()
