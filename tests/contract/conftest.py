"""The description, and what was seen on the wire: both got once for all tests of a process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from tests.contract import client_calls, stand_in_calls
from tests.contract.description import ACCOUNTING, IDENTITY
from tests.contract.deviations import Examined, Examiner
from tests.contract.exchanges import Exchange, Recorder
from tests.contract.known_mistakes import ANSWER

Journey = Callable[[Recorder], Awaitable[None]]


@pytest.fixture(scope="session")
def examiner() -> Examiner:
    missing = [file for file in (ACCOUNTING, IDENTITY) if not file.exists()]
    if missing:
        names = " and ".join(file.name for file in missing)
        pytest.skip(f"Xero's OpenAPI description is needed beside the repository, in shared/xero-openapi/: {names}")
    return Examiner()


@pytest.fixture(scope="session")
async def by_our_client(examiner: Examiner) -> list[Examined]:
    """Every call of our client, examined."""
    return examiner.examine(await _play(client_calls.JOURNEYS))


@pytest.fixture(scope="session")
async def by_others(examiner: Examiner) -> list[Examined]:
    """Every kind of answer that the stand-in gives to other clients, examined."""
    return examiner.examine(await _play(stand_in_calls.JOURNEYS), (ANSWER,))


async def _play(journeys: Sequence[Journey]) -> list[Exchange]:
    recorders = [Recorder() for _ in journeys]
    await asyncio.gather(*(journey(recorder) for journey, recorder in zip(journeys, recorders, strict=True)))
    return [exchange for recorder in recorders for exchange in recorder.exchanges]
