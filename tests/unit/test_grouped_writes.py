"""Group commit of what is written at the same time."""

import asyncio
from collections.abc import Sequence

import pytest

from xerosync.core.errors import RetryLaterError
from xerosync.postgres.errors import StoreFaultError, StoreUnavailableError
from xerosync.postgres.grouped import MOST_TOGETHER, STATEMENTS_AT_ONCE, Grouped


class Table:
    """Where items are written, each doubled as its answer; a statement ends when it may."""

    def __init__(self) -> None:
        self.statements: list[list[int]] = []
        self.broken_off = 0
        self.may_end = asyncio.Event()
        self.refused: int | None = None
        self.failure: Exception | None = None

    async def write(self, items: Sequence[int]) -> Sequence[int]:
        self.statements.append(list(items))
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.broken_off += 1
            raise
        if self.failure:
            raise self.failure
        if self.refused in items:
            raise StoreFaultError("refused")
        return [2 * item for item in items]


@pytest.fixture
async def table() -> Table:
    return Table()


def adding(writes: Grouped[int, int], items: Sequence[int]) -> list[asyncio.Task[int]]:
    return [asyncio.create_task(writes.add(item)) for item in items]


async def rest() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_first_is_written_at_once_and_what_comes_meanwhile_together(table: Table):
    tasks = adding(Grouped(table.write), range(50))
    await rest()
    assert table.statements == [[0], [1]]
    table.may_end.set()
    assert await asyncio.gather(*tasks) == [2 * item for item in range(50)]
    assert table.statements == [[0], [1], list(range(2, 50))]


async def test_a_statement_has_no_more_than_its_most(table: Table):
    table.may_end.set()
    await asyncio.gather(*adding(Grouped(table.write), range(1_000)))
    assert max(len(items) for items in table.statements) == MOST_TOGETHER
    assert sorted(item for items in table.statements for item in items) == list(range(1_000))


async def test_an_item_that_is_refused_spoils_none_of_the_others(table: Table):
    table.refused = 5
    tasks = adding(Grouped(table.write), range(9))
    await rest()
    table.may_end.set()
    came = await asyncio.gather(*tasks, return_exceptions=True)
    assert [item for item, answer in enumerate(came) if answer != 2 * item] == [5]
    assert isinstance(came[5], StoreFaultError)


@pytest.mark.parametrize(
    ("failure", "seen"), [(StoreUnavailableError("down"), "down"), (KeyError("bug"), "broken off")]
)
async def test_a_statement_that_fails_fails_all_its_items_and_nobody_waits_forever(
    table: Table, failure: Exception, seen: str
):
    table.failure = failure
    tasks = adding(Grouped(table.write), range(9))
    await rest()
    table.may_end.set()
    came = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(each, RetryLaterError) and seen in str(each) for each in came)
    assert len(table.statements) == STATEMENTS_AT_ONCE + 1


async def test_who_gives_up_is_left_out_and_a_statement_that_nobody_waits_for_is_broken_off(table: Table):
    writes = Grouped(table.write)
    tasks = adding(writes, range(6))
    await rest()
    for task in tasks[:4]:
        task.cancel()
    await asyncio.wait(tasks[:4])
    await rest()
    assert table.broken_off == STATEMENTS_AT_ONCE
    table.may_end.set()
    assert await asyncio.gather(*tasks[4:]) == [8, 10]
    assert table.statements == [[0], [1], [4, 5]]
