"""Whoever asks for a document of a page gets what a read shows that began after the question, and many share it."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from xerosync.core.documents import Kind
from xerosync.core.errors import MissingError, RetryLaterError
from xerosync.sequence.errors import UnreadableAnswerError
from xerosync.sequence.shared_pages import ListedPage, SharedPages

FIRST = ListedPage("acme", Kind.INVOICE, "")
SECOND = ListedPage("acme", Kind.INVOICE, "cursor")


class List:
    """A list whose reads begin and end when a test says so."""

    def __init__(self) -> None:
        self.status = "FINAL"
        self.reads: list[ListedPage] = []
        self.failure: Exception | None = None
        self.gaps = 0
        self.comes: list[str] = []
        self.joined: list[asyncio.Task[dict[str, Any] | None]] = []
        self.gathered = asyncio.Event()
        self.answers = asyncio.Event()
        self.is_reading = asyncio.Event()
        self.pages = SharedPages(self._read, sleep=self._gather)

    async def _gather(self, _seconds: float) -> None:
        self.gaps += 1
        if self.comes:
            self.joined += self.ask(self.comes.pop())
            await asyncio.sleep(0)
        await self.gathered.wait()

    async def _read(self, page: ListedPage) -> Mapping[str, dict[str, Any]]:
        self.reads.append(page)
        status = self.status
        self.is_reading.set()
        await self.answers.wait()
        if self.failure:
            raise self.failure
        return {each: {"id": each, "status": status} for each in ("a", "b", "c")}

    def ask(self, *ids: str, page: ListedPage = FIRST) -> "list[asyncio.Task[dict[str, Any] | None]]":
        return [asyncio.create_task(self.pages.item(page, each)) for each in ids]

    async def all_ask(self, *ids: str) -> list[dict[str, Any] | None]:
        asking = self.ask(*ids)
        self.gathered.set()
        self.answers.set()
        return await asyncio.gather(*asking)


async def test_all_who_ask_at_once_share_one_read() -> None:
    listed = List()
    assert [each and each["id"] for each in await listed.all_ask("a", "b", "c")] == ["a", "b", "c"]
    assert listed.reads == [FIRST]


@pytest.mark.parametrize(("comes", "gaps"), [(0, 1), (2, 3), (9, 5)])
async def test_a_read_waits_while_others_join_and_not_for_ever(comes: int, gaps: int) -> None:
    listed = List()
    listed.comes = ["c"] * comes
    await listed.all_ask("a", "b")
    await asyncio.gather(*listed.joined)
    assert (listed.gaps, listed.reads) == (gaps, [FIRST])


async def test_who_asks_while_a_page_is_read_gets_what_was_true_afterwards() -> None:
    listed = List()
    listed.gathered.set()
    before = listed.ask("a", "b")
    await listed.is_reading.wait()
    listed.status = "VOIDED"
    after = listed.ask("b", "c")
    await asyncio.sleep(0)
    listed.answers.set()
    assert [each and each["status"] for each in await asyncio.gather(*before)] == ["FINAL", "FINAL"]
    assert [each and each["status"] for each in await asyncio.gather(*after)] == ["VOIDED", "VOIDED"]
    assert listed.reads == [FIRST, FIRST]


async def test_nothing_is_kept_for_who_asks_later() -> None:
    listed = List()
    await listed.all_ask("a", "b")
    listed.status = "SENT"
    assert [each and each["status"] for each in await listed.all_ask("a", "b")] == ["SENT", "SENT"]
    assert len(listed.reads) == 2


async def test_a_page_is_not_read_for_one_alone_nor_together_with_another_page() -> None:
    listed = List()
    asking = [*listed.ask("a"), *listed.ask("b", page=SECOND)]
    listed.gathered.set()
    assert await asyncio.gather(*asking) == [None, None]
    assert listed.reads == []


async def test_who_does_not_wait_any_more_is_not_read_for() -> None:
    listed = List()
    asking = listed.ask("a", "b")
    await asyncio.sleep(0)
    asking[0].cancel()
    listed.gathered.set()
    assert await asking[1] is None
    assert listed.reads == []


async def test_what_the_page_does_not_show_is_none() -> None:
    assert await List().all_ask("a", "deleted") == [{"id": "a", "status": "FINAL"}, None]


@pytest.mark.parametrize("failure", [MissingError("It is refused."), UnreadableAnswerError("It is no list.")])
async def test_a_page_that_is_refused_or_not_readable_shows_nothing(failure: Exception) -> None:
    listed = List()
    listed.failure = failure
    assert await listed.all_ask("a", "b") == [None, None]


async def test_an_outage_is_told_to_all_and_ends_with_the_next_read() -> None:
    listed = List()
    listed.failure = RetryLaterError("Sequence does not answer.")
    asking = listed.ask("a", "b")
    listed.gathered.set()
    listed.answers.set()
    failed = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(each) for each in failed] == [RetryLaterError, RetryLaterError]
    listed.failure = None
    assert [each and each["id"] for each in await listed.all_ask("a", "b")] == ["a", "b"]
