"""An office of its own, with a namespace of its own: alerts are told from figures that nobody else adds to."""

from collections.abc import AsyncIterator

import pytest

from standins.embedded import EmbeddedServers
from tests.embedded_fixtures import a_database, a_namespace
from tests.integration.office import Office, open_office


@pytest.fixture(scope="session")
async def office(embedded: EmbeddedServers) -> AsyncIterator[Office]:
    async with (
        a_database(embedded, "template1") as url,
        open_office(embedded, url, namespace=await a_namespace(embedded)) as office,
    ):
        yield office
