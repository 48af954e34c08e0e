"""The edge in this process, on the office's services, as the two companies reach it."""

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import httpx
import pytest

from tests.integration.office import Office
from tests.patience import PATIENCE
from tests.web.signing import XERO_KEY, by_sequence, by_xero
from xerosync.settings import Settings
from xerosync.web.app import web_app
from xerosync.web.serve import serving


@dataclass(frozen=True)
class Edge:
    """One copy of the edge."""

    url: str
    client: httpx.AsyncClient

    async def from_sequence(self, account_id: str, body: bytes, **headers: str) -> httpx.Response:
        signed = {"Sequence-Signature": by_sequence(body)} | headers
        return await self.client.post(f"/webhooks/sequence/{account_id}", content=body, headers=signed)

    async def from_xero(self, body: bytes, **headers: str) -> httpx.Response:
        signed = {"x-xero-signature": by_xero(body)} | headers
        return await self.client.post("/webhooks/xero", content=body, headers=signed)


@contextlib.asynccontextmanager
async def open_edge(office: Office) -> AsyncGenerator[Edge]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in office.environment.items():
            patch.setenv(name, value)
        patch.setenv("XEROSYNC_SERVE_PORT", "0")
        patch.setenv("XEROSYNC_XERO_WEBHOOK_KEYS", XERO_KEY)
        settings = Settings.load(env_file=None)
    async with (
        serving(web_app(office.services, settings), settings) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as client,
    ):
        yield Edge(url, client)
