"""The console in this process, on a database of its own; neither Temporal nor the two companies are there."""

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import httpx
import pytest
from cryptography.fernet import Fernet
from starlette.applications import Starlette

from xerosync.core.people import Person, Role
from xerosync.services import Services, open_services
from xerosync.settings import Settings
from xerosync.web.access import Access
from xerosync.web.app import web_app

URL = "http://127.0.0.1:8080"


@dataclass(frozen=True)
class Console:
    """Pages as a person sees them who is signed in."""

    services: Services
    app: Starlette
    client: httpx.AsyncClient
    settings: Settings

    @property
    def access(self) -> Access:
        return self.app.state.access

    async def sign_in(self, role: Role = Role.ADMIN, accounts: tuple[str, ...] | None = None) -> None:
        token = await self.access.sessions.begin(Person(name="Ada", role=role, accounts=accounts))
        self.client.cookies.set(self.access.cookie, token)

    async def page(self, path: str) -> str:
        answer = await self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return answer.text


@contextlib.asynccontextmanager
async def open_console(database_url: str, **environment: str) -> AsyncGenerator[Console]:
    """Open one, signed in as an admin."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "XEROSYNC_DATABASE_URL": database_url,
            "XEROSYNC_TOKEN_KEYS": Fernet.generate_key().decode(),
            "XEROSYNC_XERO_CLIENT_ID": "test",
            "XEROSYNC_PUBLIC_URL": URL,
            # Nothing listens there.
            "TEMPORAL_ADDRESS": "127.0.0.1:9",
            **environment,
        }.items():
            patch.setenv(name, value)
        settings = Settings.load(env_file=None)
        async with contextlib.AsyncExitStack() as held:
            services = await held.enter_async_context(open_services(settings, lazy_temporal=True))
            app = web_app(services, settings)
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url=URL, headers={"Accept": "text/html", "Origin": URL}
            )
            await held.enter_async_context(client)
            console = Console(services, app, client, settings)
            await console.sign_in()
            yield console
