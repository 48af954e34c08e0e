"""Reads that are tried again, so that long work need not begin anew."""

from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from tests.doubles.sequence_accounts import accounts_of
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core import asking_again
from xerosync.core.asking_again import asked_again
from xerosync.core.documents import Kind
from xerosync.core.errors import MissingError, RetryLaterError, UnusableAnswerError, XerosyncError
from xerosync.sequence import SequenceBilling

LOST, GARBLED, MISSING = RetryLaterError("lost"), UnusableAnswerError("garbled"), MissingError("there is none")


@pytest.mark.parametrize(
    ("answers", "even_unusable", "waited", "expected"),
    [
        (["it"], False, [], "it"),
        ([LOST, "it"], False, [2], "it"),
        ([LOST, LOST, LOST, "it"], False, [2, 8, 30], "it"),
        ([LOST] * 4, False, [2, 8, 30], LOST),
        ([RetryLaterError(retry_after=timedelta(seconds=9)), "it"], False, [9], "it"),
        ([RetryLaterError(retry_after=timedelta(hours=9)), "it"], False, [60], "it"),
        ([MISSING], True, [], MISSING),
        ([GARBLED], False, [], GARBLED),
        ([LOST, GARBLED], False, [2], GARBLED),
        ([GARBLED, "it"], True, [2], "it"),
    ],
)
async def test_what_does_not_come_is_asked_for_again(
    answers: list[str | XerosyncError], even_unusable: bool, waited: list[float], expected: str | XerosyncError
):
    coming, slept = iter(answers), list[float]()

    async def ask() -> str:
        answer = next(coming)
        if isinstance(answer, XerosyncError):
            raise answer
        return answer

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    try:
        found: object = await asked_again(ask, even_unusable=even_unusable, sleep=sleep)
    except XerosyncError as error:
        found = error
    assert (found, slept) == (expected, waited)


async def test_a_lost_page_of_sequence_does_not_cost_the_whole_list(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(asking_again, "WAITS", (timedelta(0),) * 3)
    cursors: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        """Answer every second time alone: with 500, or with half an answer."""
        cursors.append(request.url.params.get("after"))
        if len(cursors) % 2:
            return httpx.Response(500) if len(cursors) % 4 == 1 else httpx.Response(200, content=b'{"items": [')
        after = {"after": f"page {len(cursors)}"} if len(cursors) < 10 else {}
        return httpx.Response(200, json={"items": [], "pagination": after})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        key = SequenceKey("id", SecretStr("secret"))
        billing = SequenceBilling(accounts_of(http, "https://sequence.example", key))
        pages = [page async for page in billing.pages(Kind.INVOICE, "acme")]
    assert len(pages) == 5
    assert cursors == [each for name in (None, "page 2", "page 4", "page 6", "page 8") for each in (name, name)]
