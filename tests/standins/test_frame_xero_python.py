"""Xero's own Python client, unchanged but for its addresses: identity, connections, revocation, 429."""
# By the types of xero-python each answer may be its parts, too.
# pyright: reportAttributeAccessIssue=false

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import pytest
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import AccountingBadRequestException, ApiException, HTTPStatusException
from xero_python.identity import IdentityApi

from standins.serving import serve
from standins.xero import Limits, Xero, create_xero
from tests.patience import PATIENCE

R = TypeVar("R")
SCOPE = "offline_access accounting.transactions accounting.settings accounting.contacts"


@dataclass
class Client:
    """The client of one app, its token store, and the stand-in behind."""

    xero: Xero
    http: httpx.AsyncClient
    client_id: str = "xerosync-dev"
    client_secret: str = "xerosync-dev-secret"
    store: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        base = str(self.http.base_url).rstrip("/")
        # The first Configuration of a process is the default of all later ones, whatever their constructors take.
        Configuration.set_default(None)
        token = OAuth2Token(client_id=self.client_id, client_secret=self.client_secret)
        configuration = Configuration(oauth2_token=token)
        Configuration.set_default(None)
        self.api = ApiClient(
            configuration,
            oauth2_token_saver=self.store.update,
            oauth2_token_getter=lambda: self.store,
        )
        self.api.rest_client.pool_manager.connection_pool_kw["retries"] = False
        self.opened = keep_track(self.api.rest_client.pool_manager)
        self.accounting = AccountingApi(self.api, base_url=base + "/api.xro/2.0")
        self.identity = IdentityApi(self.api, base_url=base)

    @property
    def tenant(self) -> str:
        return next(iter(self.xero.organisations))

    async def sign_in(self) -> None:
        granted = await self.http.post("/_sandbox/identity/grants", json={"scope": SCOPE})
        tokens = granted.json()
        self.store |= {**tokens, "scope": SCOPE.split(), "expires_at": time.time() + 1800, "id_token": None}

    def close(self) -> None:
        self.api.rest_client.pool_manager.clear()
        for connection in self.opened:
            connection.close()

    async def run(self, call: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Make a call of the blocking client beside the event loop that serves it."""
        return await asyncio.to_thread(call, *args, **kwargs)


def keep_track(manager: PoolManager) -> list[HTTPConnection]:
    """Return a list that fills with the connections of a pool: the client leaves some open behind it."""
    opened: list[HTTPConnection] = []

    class Connection(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            opened.append(self)

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    manager.pool_classes_by_scheme = {"http": Pool}
    return opened


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    app = create_xero(authentication=True, limits=Limits.real())
    async with serve(app) as served, httpx.AsyncClient(base_url=served.url, timeout=PATIENCE) as http:
        for name in ("refresh_token_url", "client_credentials_token_url"):
            monkeypatch.setattr(TokenApi, name, served.url + "/connect/token")
        monkeypatch.setattr(TokenApi, "revoke_token_url", served.url + "/connect/revocation")
        made = Client(app.state.xero, http)
        yield made
        made.close()


async def test_it_lists_and_deletes_connections(client: Client):
    await client.sign_in()
    (held,) = await client.run(client.identity.get_connections)
    assert (held.tenant_id, held.tenant_type, held.tenant_name) == (client.tenant, "ORGANISATION", "Demo Company (GB)")
    assert held.created_date_utc.tzinfo is None or held.created_date_utc.utcoffset() is not None
    event = held.auth_event_id
    assert len(await client.run(client.identity.get_connections, auth_event_id=event)) == 1
    await client.run(client.identity.delete_connection, held.id)
    assert await client.run(client.identity.get_connections) == []
    with pytest.raises(HTTPStatusException) as refused:
        await client.run(client.accounting.get_organisations, client.tenant)
    assert refused.value.status == 403


async def test_it_refreshes_a_token_that_ran_out_and_goes_on(client: Client):
    await client.sign_in()
    before = dict(client.store)
    client.store["expires_at"] = time.time() - 1
    organisations = await client.run(client.accounting.get_organisations, client.tenant)
    assert organisations.organisations[0].name == "Demo Company (GB)"
    assert client.store["refresh_token"] != before["refresh_token"]
    assert client.store["scope"] == SCOPE.split()


async def test_its_refresh_is_refused_when_the_token_is_no_longer_good(client: Client):
    await client.sign_in()
    client.store |= {"expires_at": time.time() - 1, "refresh_token": "gone"}
    with pytest.raises(HTTPStatusException) as refused:
        await client.run(client.accounting.get_organisations, client.tenant)
    assert refused.value.status == 400
    assert "invalid_grant" in str(refused.value)


async def test_it_reads_the_401_of_an_expired_token(client: Client):
    await client.sign_in()
    await client.http.post("/_sandbox/identity/expire", json={})
    with pytest.raises(HTTPStatusException) as refused:
        await client.run(client.accounting.get_organisations, client.tenant)
    assert refused.value.status == 401
    assert "TokenExpired" in str(refused.value)


async def test_it_revokes(client: Client):
    await client.sign_in()
    old = client.store["refresh_token"]
    await client.run(client.api.revoke_oauth2_token)
    assert client.store["access_token"] is None
    again = await client.http.post(
        "/connect/token",
        data={"grant_type": "refresh_token", "refresh_token": old},
        auth=(client.client_id, client.client_secret),
    )
    assert again.json() == {"error": "invalid_grant"}
    assert client.xero.identity.connections.of(client.client_id) == []


async def test_a_custom_connection_signs_in_with_client_credentials(client: Client):
    await client.http.post(
        "/_sandbox/identity/apps",
        json={"client_id": "custom", "client_secret": "s", "custom_tenant_id": client.tenant},
    )
    custom = Client(client.xero, client.http, "custom", "s")
    await custom.run(custom.api.get_client_credentials_token)
    found = await custom.run(custom.accounting.get_organisations, "")
    assert found.organisations[0].name == "Demo Company (GB)"
    custom.close()


async def test_it_reads_the_429_and_its_headers(client: Client):
    await client.sign_in()
    client.xero.limits = Limits(minute=2)
    for _ in range(2):
        await client.run(client.accounting.get_organisations, client.tenant)
    with pytest.raises(HTTPStatusException) as refused:
        await client.run(client.accounting.get_organisations, client.tenant)
    assert refused.value.status == 429
    assert refused.value.headers["X-Rate-Limit-Problem"] == "minute"
    assert 0 < int(refused.value.headers["Retry-After"]) <= 60


async def test_it_reads_the_400_of_a_key_used_twice(client: Client):
    await client.sign_in()
    for name, refused in (("A", False), ("B", True)):
        contacts = {"Contacts": [{"Name": name}]}
        call = client.run(client.accounting.create_contacts, client.tenant, contacts, idempotency_key="k")
        if not refused:
            await call
            continue
        with pytest.raises((AccountingBadRequestException, ApiException)) as raised:
            await call
        assert "Idempotency Key: k is used with a different request." in str(raised.value)
