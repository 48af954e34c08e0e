"""`starter.py` as people run it, in a process of its own, and a person's browser at Xero's login page."""

import asyncio
import json
import os
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from starlette.applications import Starlette

from standins.serving import serve
from standins.xero import Xero, create_xero
from tests.integration.program import Ended, command
from tests.patience import PATIENCE
from xerosync.connection.connection import Connection
from xerosync.postgres import Cipher, Database, PostgresGrants, PostgresStore, open_database
from xerosync.services import Services, open_services
from xerosync.settings import Settings

CLIENT_ID, CLIENT_SECRET = "our-app", "our-secret"


class CommandEnded(Ended):
    """What a command said before it ended; its data is asked for where it ended well."""

    @property
    def data(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def last_line(self) -> str:
        return self.err.strip().splitlines()[-1]


@dataclass
class Desk:
    """A person's desk: a terminal, a browser, and what stands in the database."""

    xero: Xero
    xero_url: str
    folder: Path
    database: Database
    http: httpx.AsyncClient
    environment: dict[str, str]
    account_id: str
    outputs: list[str] = field(default_factory=list)

    @property
    def store(self) -> PostgresStore:
        return PostgresStore(self.database)

    @property
    def grants(self) -> PostgresGrants:
        keys = self.environment["XEROSYNC_TOKEN_KEYS"].split(",")
        return PostgresGrants(self.database, Cipher([SecretStr(key) for key in keys]))

    @property
    def first_tenant(self) -> str:
        return next(iter(self.xero.organisations))

    async def connection(self, account_id: str | None = None) -> Connection:
        connection = await self.store.connection(account_id or self.account_id)
        assert connection
        return connection

    async def add_organisation(self, name: str) -> str:
        answer = await self.http.post(f"{self.xero_url}/_sandbox/organisations", json={"name": name})
        return answer.raise_for_status().json()["tenant_id"]

    async def in_xero(self, path: str, **body: Any) -> None:
        (await self.http.post(f"{self.xero_url}/_sandbox/{path}", json=body)).raise_for_status()

    @asynccontextmanager
    async def services(self) -> AsyncGenerator[tuple[Services, Settings]]:
        """What a command works with, in this process."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            settings = Settings.load(env_file=None)
            async with open_services(settings) as services:
                yield services, settings

    @asynccontextmanager
    async def started(
        self, *arguments: str, stdin: int = asyncio.subprocess.PIPE, **environment: str | None
    ) -> AsyncGenerator["Command"]:
        """Run a command; a variable of None is left out."""
        names = {**self.environment, **environment}
        process = await asyncio.create_subprocess_exec(
            *command(*arguments),
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.folder,
            env={name: value for name, value in names.items() if value is not None},
        )
        under_way = Command(self, process)
        try:
            yield under_way
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()

    async def run(self, *arguments: str, **environment: str | None) -> CommandEnded:
        """Run a command to its end."""
        async with self.started(*arguments, **environment) as command:
            return await command.end()

    async def connect(self, *arguments: str, tenants: tuple[str, ...] = (), **environment: str | None) -> CommandEnded:
        """Run `connect`, and allow on Xero's page what it asks for."""
        async with self.started("connect", "--port", "0", *arguments, **environment) as command:
            await command.allow(*tenants)
            return await command.end()

    async def connected(self, *arguments: str, **more: Any) -> Connection:
        """Connect with a default ledger account, and return the connection."""
        ended = await self.connect("--ledger-account", "200", *arguments, **more)
        assert ended.code == 0, ended.err
        return await self.connection()


@dataclass
class Command:
    """A command under way."""

    desk: Desk
    process: asyncio.subprocess.Process
    said: list[str] = field(default_factory=list)

    async def address(self) -> str:
        """Return the address that it asks a person to open."""
        assert self.process.stderr
        async with asyncio.timeout(PATIENCE):
            while line := (await self.process.stderr.readline()).decode():
                self.said.append(line)
                if line.startswith("http"):
                    return line.strip()
        raise AssertionError("".join(self.said))

    async def allow(self, *tenants: str, answer: str = "allow") -> httpx.Response:
        """Open the address and press a button; return what the browser shows at the end."""
        return await self.desk.http.get(await self.back(*tenants, answer=answer))

    async def back(self, *tenants: str, answer: str = "allow") -> str:
        """Open the address and press a button; return where Xero sends the browser."""
        http, address = self.desk.http, await self.address()
        page = await http.get(address)
        assert "wants access to" in page.text, page.text
        asked: Mapping[str, Any] = dict(parse_qsl(urlsplit(address).query))
        form = {**asked, "answer": answer, "tenant": list(tenants or (self.desk.first_tenant,))}
        went = await http.post(address.partition("?")[0], data=form)
        assert went.status_code == 302, went.text
        return went.headers["location"]

    async def end(self) -> CommandEnded:
        if self.process.stdin:
            self.process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        ended = CommandEnded(self.process.returncode, out.decode(), "".join(self.said) + err.decode())
        self.desk.outputs.append(ended.out + ended.err)
        return ended


@asynccontextmanager
async def a_desk(folder: Path, database_url: str, temporal_address: str) -> AsyncGenerator[Desk]:
    """Serve a Xero that checks tokens, with our app registered there as Xero registers apps today."""
    app: Starlette = create_xero(authentication=True)
    xero: Xero = app.state.xero
    xero.identity.add_app(CLIENT_ID, CLIENT_SECRET, (), granular=True)
    account_id = f"account-{secrets.token_hex(4)}"
    async with (
        serve(app) as served,
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http,
        open_database(SecretStr(database_url)) as database,
    ):
        yield Desk(
            xero=xero,
            xero_url=served.url,
            folder=folder,
            database=database,
            http=http,
            account_id=account_id,
            environment={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "XEROSYNC_DATABASE_URL": database_url,
                "XEROSYNC_XERO_CLIENT_ID": CLIENT_ID,
                "XEROSYNC_XERO_CLIENT_SECRET": CLIENT_SECRET,
                "XEROSYNC_XERO_API_URL": served.url,
                "XEROSYNC_XERO_IDENTITY_URL": served.url,
                "XEROSYNC_XERO_LOGIN_URL": served.url,
                "XEROSYNC_SEQUENCE_API_URL": "http://127.0.0.1:1/api",  # nothing answers there
                "XEROSYNC_SEQUENCE_CLIENT_ID": "key",
                "XEROSYNC_SEQUENCE_CLIENT_SECRET": "sequence-secret",
                "XEROSYNC_SEQUENCE_ACCOUNT_ID": account_id,
                "XEROSYNC_TOKEN_KEYS": Fernet.generate_key().decode(),
                "XEROSYNC_LOG_LEVEL": "DEBUG",
                "TEMPORAL_ADDRESS": temporal_address,
                "TEMPORAL_NAMESPACE": "default",
                "TEMPORAL_CONFIG_FILE": os.devnull,
            },
        )
