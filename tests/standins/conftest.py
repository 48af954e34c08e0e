"""Fixtures of the stand-ins' books, Xero's and Sequence's; the frame's parts keep theirs in their own modules."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from standins.serving import serve
from standins.xero import create_xero
from standins.xero.identity.state import DEV_CLIENT_ID, DEV_CLIENT_SECRET
from tests.patience import PATIENCE
from tests.standins.sequence_play import Play, playing
from tests.standins.xero_fixtures import Books, OfficialClient, official_client, one_of


@pytest.fixture
async def books() -> AsyncIterator[Books]:
    """An organisation with EUR beside GBP, and one customer."""
    app = create_xero(seed=1)
    async with (
        serve(app) as served,
        httpx.AsyncClient(
            base_url=served.url, headers={"accept": "application/json"}, trust_env=False, timeout=PATIENCE
        ) as http,
    ):
        books = Books(http, app.state.xero, served.url)
        await books.act("currencies", currencies=["EUR"])
        contact = one_of(await books.put("Contacts", {"Name": "Acme Ltd", "EmailAddress": "pay@acme.example"}))
        books.contact_id = contact["ContactID"]
        yield books


@pytest.fixture
async def official(books: Books) -> OfficialClient:
    """The official client in front of the same organisation, with a token got by consent."""
    answer = await books.http.post("/_sandbox/identity/grants", json={})
    granted: dict[str, Any] = answer.raise_for_status().json()
    tokens = granted | {"scope": granted["scope"].split(), "expires_at": None, "id_token": None}
    tenant = books.organisation.tenant_id
    return official_client(books.url, tenant, tokens, DEV_CLIENT_ID, DEV_CLIENT_SECRET)


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[Play]:
    """A Sequence for a module's tests."""
    async with playing() as running:
        yield running


@pytest.fixture
def play(served: Play) -> Play:
    """The module's Sequence, empty."""
    served.begin_anew()
    return served
