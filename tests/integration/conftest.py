"""One office a run: both stand-ins, the product's services, and a worker in this process."""

from collections.abc import AsyncIterator, Iterator

import pytest

from standins.embedded import EmbeddedServers
from tests.integration.office import Office, open_office


@pytest.fixture(scope="session")
async def whole_office(embedded: EmbeddedServers) -> AsyncIterator[Office]:
    async with open_office(embedded, embedded.database_url) as office:
        yield office


@pytest.fixture
def office(whole_office: Office) -> Iterator[Office]:
    """The office, with nothing broken before and after the test."""
    yield whole_office
    whole_office.mend()
