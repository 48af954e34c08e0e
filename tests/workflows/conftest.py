"""One house a test."""

from collections.abc import AsyncGenerator

import pytest

from tests.workflows.house import House, open_house


@pytest.fixture
async def house() -> AsyncGenerator[House]:
    async with open_house() as house:
        yield house
