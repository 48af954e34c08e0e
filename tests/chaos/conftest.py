"""One city for the whole walk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.city import City, a_city


@pytest.fixture(scope="session")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """Three branches with nothing billed yet; a call to Xero takes two seconds at most."""
    folder: Path = tmp_path_factory.mktemp("city")
    async with a_city(folder, branches=3) as city:
        yield city
