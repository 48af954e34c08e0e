"""One office a run: both stand-ins, the product's services, and a worker in this process that owns no table."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from temporalio.client import Client

from standins.embedded import EmbeddedServers
from tests.integration.command_line import Desk, a_desk
from tests.integration.office import Office, open_office


@pytest.fixture(scope="session")
async def whole_office(embedded: EmbeddedServers) -> AsyncIterator[Office]:
    worker = await a_worker_role(embedded)
    async with open_office(embedded, worker, owner_url=embedded.database_url) as office:
        yield office


async def a_worker_role(servers: EmbeddedServers) -> str:
    """Make a role without any right, and return the URL of the servers' database as that role."""
    parts, password = urlsplit(servers.database_url), secrets.token_hex(8)
    server = await asyncpg.connect(servers.database_url)
    await server.execute(f"CREATE ROLE worker LOGIN PASSWORD '{password}'")
    await server.close()
    return parts._replace(netloc=f"worker:{password}@{parts.hostname}:{parts.port}").geturl()


@pytest.fixture
def office(whole_office: Office) -> Iterator[Office]:
    """The office, with nothing broken before and after the test."""
    yield whole_office
    whole_office.mend()


@pytest.fixture
async def desk(tmp_path: Path, database_url: str, temporal_address: str) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path, database_url, temporal_address) as desk:
        yield desk


@pytest.fixture
async def temporal(temporal_address: str) -> Client:
    return await Client.connect(temporal_address)
