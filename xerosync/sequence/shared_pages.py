"""One read of a page of Sequence's list for all who ask at the same time for a document that stands on it.

    nobody has asked yet      who asks waits while others join: until a second brings none, five seconds at most
    the page is being read    who asks now waits for the next read: the answer under way may be older than the question

So an answer is never older than the question, as with a read of the document alone, and nothing is kept afterwards.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from xerosync.core.documents import Kind
from xerosync.core.errors import MissingError, UnusableAnswerError
from xerosync.sequence.client import Item

_GAP_SECONDS = 1.0
_MOST_GAPS = 5


class ListedPage(NamedTuple):
    """A page of an account's documents of a kind, the oldest first: the one behind a cursor, "" for the first."""

    account_id: str
    kind: Kind
    after: str


_Items = Mapping[str, Item]


@dataclass(slots=True)
class _Readers:
    """Who waits for the next read of a page, and the task that reads it for them."""

    waiting: list[asyncio.Future[_Items]] = field(default_factory=list[asyncio.Future[_Items]])
    task: asyncio.Task[None] | None = None


class SharedPages:
    """Reads pages by `read`, which returns a page's documents by id."""

    def __init__(
        self,
        read: Callable[[ListedPage], Awaitable[_Items]],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._read = read
        self._sleep = sleep
        self._readers: dict[ListedPage, _Readers] = {}

    async def item(self, page: ListedPage, document_id: str) -> Item | None:
        """Return a document of a page as a read that begins after this call shows it.

        None: the page does not show it or can't be read, or nobody else asked meanwhile, so that it was not read.
        Raises what `read` raises otherwise.
        """
        readers = self._readers.setdefault(page, _Readers())
        future = asyncio.get_running_loop().create_future()
        readers.waiting.append(future)
        if readers.task is None:
            readers.task = asyncio.create_task(self._serve(page, readers), name=f"read a page of {page.kind}s")
        return (await future).get(document_id)

    async def _serve(self, page: ListedPage, readers: _Readers) -> None:
        """Read a page again and again while somebody waits for it."""
        while readers.waiting:
            await self._gather(readers)
            asked, readers.waiting = readers.waiting, []
            await self._answer(page, [each for each in asked if not each.done()])
        del self._readers[page]

    async def _gather(self, readers: _Readers) -> None:
        """Wait while others join."""
        joined = 0
        for _ in range(_MOST_GAPS):
            if joined == len(readers.waiting):
                return
            joined = len(readers.waiting)
            await self._sleep(_GAP_SECONDS)

    async def _answer(self, page: ListedPage, asked: list[asyncio.Future[_Items]]) -> None:
        try:
            items = await self._read(page) if len(asked) > 1 else {}
        except (MissingError, UnusableAnswerError):
            items = {}  # each is read singly then, and meets there what is wrong
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            for each in asked:
                if not each.done():
                    each.set_exception(error)
            return
        for each in asked:
            if not each.done():
                each.set_result(items)
