"""Temporal and PostgreSQL once per pytest run (per xdist worker), and a database of its own for each test."""

import secrets
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from standins.embedded import EmbeddedServers
from xerosync.core.temporal import SEARCH_ATTRIBUTES


@pytest.fixture(scope="session")
async def embedded() -> AsyncIterator[EmbeddedServers]:
    """The two servers, in a temporary folder that is gone at the end."""
    async with EmbeddedServers.start(None, SEARCH_ATTRIBUTES) as servers:
        yield servers


@pytest.fixture(scope="session")
def temporal_address(embedded: EmbeddedServers) -> str:
    """Host and port of Temporal, with our search attributes in namespace `default`."""
    return embedded.temporal_address


@pytest.fixture
async def database_url(embedded: EmbeddedServers) -> AsyncIterator[str]:
    """The URL of an empty database that is dropped after the test, whoever is still connected to it."""
    name = f"test_{secrets.token_hex(8)}"
    server = await asyncpg.connect(embedded.database_url)
    try:
        await server.execute(await server.fetchval("SELECT format('CREATE DATABASE %I', $1::text)", name))
        yield urlunsplit(urlsplit(embedded.database_url)._replace(path=f"/{name}"))
        await server.execute(await server.fetchval("SELECT format('DROP DATABASE %I WITH (FORCE)', $1::text)", name))
    finally:
        await server.close()
