"""Our client and the stand-in, held against the published description of Sequence's API."""

import re
from collections.abc import Awaitable, Callable, Iterable

import pytest
from starlette.routing import Mount, Route

from standins.sequence import create_sequence
from tests.contract.deviations import Examined, Found
from tests.contract.exchanges import Recorder
from tests.contract.known_mistakes import ANSWER, REQUEST
from tests.contract.sequence_calls import our_client, the_stand_in
from tests.contract.sequence_description import SHAPES, SequenceExaminer


@pytest.fixture(scope="module")
def sequence_examiner() -> SequenceExaminer:
    if not SHAPES.exists():
        pytest.skip(f"Sequence's published description is needed beside the repository: {SHAPES.name}")
    return SequenceExaminer()


@pytest.fixture(scope="module")
async def by_our_client(sequence_examiner: SequenceExaminer) -> list[Examined]:
    return await _examined(sequence_examiner, our_client)


@pytest.fixture(scope="module")
async def by_others(sequence_examiner: SequenceExaminer) -> list[Examined]:
    return await _examined(sequence_examiner, the_stand_in)


async def _examined(examiner: SequenceExaminer, journey: Callable[[Recorder], Awaitable[None]]) -> list[Examined]:
    recorder = Recorder()
    await journey(recorder)
    return examiner.examine(recorder.exchanges)


def unknown(found: Iterable[Found]) -> list[str]:
    return sorted({one.deviation: str(one) for one in found}.values())


def test_what_our_client_asks_is_what_sequence_describes(by_our_client: list[Examined]):
    assert "\n".join(unknown(found for examined in by_our_client for found in examined.on(REQUEST))) == ""


def test_what_our_client_is_answered_is_what_sequence_describes(by_our_client: list[Examined]):
    assert "\n".join(unknown(found for examined in by_our_client for found in examined.on(ANSWER))) == ""


def test_every_answer_of_the_stand_in_is_what_sequence_describes(by_others: list[Examined]):
    assert "\n".join(unknown(found for examined in by_others for found in examined.on(ANSWER))) == ""


def test_every_route_of_the_stand_in_is_one_of_sequences_and_was_asked(
    sequence_examiner: SequenceExaminer, by_our_client: list[Examined], by_others: list[Examined]
):
    asked = {(it.exchange.method, it.exchange.path) for it in (*by_our_client, *by_others)}
    routes = [
        (method, route)
        for mount in create_sequence().routes
        if isinstance(mount, Mount) and mount.path == "/api"
        for route in mount.routes
        if isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]
    described = [
        sequence_examiner.description.operation(method, "/api" + re.sub(r"\{(\w+)(:path)?\}", r"\1", route.path))
        for method, route in routes
    ]
    never = [
        f"{method} {route.path}"
        for method, route in routes
        if not any(its == method and route.path_regex.match(path.removeprefix("/api")) for its, path in asked)
    ]

    assert [str(route) for route, operation in zip(routes, described, strict=True) if operation is None] == []
    assert never == []
