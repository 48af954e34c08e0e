"""Temporal and PostgreSQL once per pytest run (per xdist worker), and a database of its own for each test.

The tables are made once, and each test gets a copy: that takes a sixth of the time of making them again.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from google.protobuf.duration_pb2 import Duration
from pydantic import SecretStr
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from standins.embedded import EmbeddedServers
from xerosync.core.temporal import SEARCH_ATTRIBUTES
from xerosync.postgres import migrate, open_database


@pytest.fixture(scope="session")
async def embedded() -> AsyncIterator[EmbeddedServers]:
    """The two servers, in a temporary folder that is gone at the end."""
    async with EmbeddedServers.start(None, SEARCH_ATTRIBUTES) as servers:
        yield servers


_NOT_YET = (RPCStatusCode.NOT_FOUND, RPCStatusCode.ALREADY_EXISTS, RPCStatusCode.INVALID_ARGUMENT)


async def a_namespace(servers: EmbeddedServers) -> str:
    """Make a namespace of Temporal with our search attributes and return its name.

    Workers of one namespace take each other's work, so two offices at the same time need two.
    """
    name = f"test-{secrets.token_hex(4)}"
    client = await Client.connect(servers.temporal_address)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=Duration(seconds=86_400))
    )
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    while True:
        # A namespace is known everywhere some moments after it was made.
        try:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace=name, search_attributes=dict.fromkeys(SEARCH_ATTRIBUTES, keyword))
            )
            await (await Client.connect(servers.temporal_address, namespace=name)).count_workflows()
        except RPCError as error:
            if error.status not in (
                RPCStatusCode.NOT_FOUND,
                RPCStatusCode.ALREADY_EXISTS,
                RPCStatusCode.INVALID_ARGUMENT,
            ):
                raise
            await asyncio.sleep(0.1)
        else:
            return name


@pytest.fixture(scope="session")
def temporal_address(embedded: EmbeddedServers) -> str:
    """Host and port of Temporal, with our search attributes in namespace `default`."""
    return embedded.temporal_address


@pytest.fixture(scope="session")
async def migrated_template(embedded: EmbeddedServers) -> str:
    """The name of a database with our tables and no rows, to which nobody is connected."""
    name = f"template_{secrets.token_hex(8)}"
    server = await asyncpg.connect(embedded.database_url)
    await server.execute(f"CREATE DATABASE {name}")
    await server.close()
    async with open_database(SecretStr(_at(embedded, name))) as database:
        await migrate(database)
    return name


@pytest.fixture
async def database_url(embedded: EmbeddedServers, migrated_template: str) -> AsyncIterator[str]:
    """The URL of a database with our tables and no rows, for one test."""
    async with a_database(embedded, migrated_template) as url:
        yield url


@pytest.fixture
async def empty_database_url(embedded: EmbeddedServers) -> AsyncIterator[str]:
    """The URL of a database without any table, for one test."""
    async with a_database(embedded, "template1") as url:
        yield url


@asynccontextmanager
async def a_database(embedded: EmbeddedServers, template: str) -> AsyncGenerator[str]:
    """Copy a database by its files; after the block nobody can connect to the copy, and whoever still is, is sent away.

    It is not dropped: making files is slow for minutes after hundreds of others were removed, and all of them go with
    the server's folder.
    """
    name = f"test_{secrets.token_hex(8)}"
    server = await asyncpg.connect(embedded.database_url)
    try:
        await server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield _at(embedded, name)
        await server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    finally:
        await server.close()


def _at(embedded: EmbeddedServers, name: str) -> str:
    return urlunsplit(urlsplit(embedded.database_url)._replace(path=f"/{name}"))
