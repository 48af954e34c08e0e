"""What the receiver must know from the database, within a second: read now, lately, or before the database went down.

Whoever sent a delivery waits for five seconds at most (Xero), so that a database that is silent gets one of them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, TypeVar

from pydantic import SecretStr

from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import MisconfiguredError, RetryLaterError
from xerosync.documents.link import DocumentLink
from xerosync.documents.views import XeroView
from xerosync.postgres import PostgresStore, PostgresWebhookSecrets
from xerosync.postgres.grouped import Grouped

DATABASE_SECONDS = 1.0
REST_SECONDS = 5.0
"""A database that did not answer in time is not asked for so long."""

FRESH_SECONDS = 10.0
"""How long what was read is taken to be so."""

_T = TypeVar("_T")


class DatabaseTime:
    """Gives each question to the database a second; after one without an answer the database rests."""

    def __init__(self, seconds: float = DATABASE_SECONDS, rest_seconds: float = REST_SECONDS) -> None:
        self._seconds = seconds
        self._rest_seconds = rest_seconds
        self._rests_until = 0.0
        self._given_up: set[asyncio.Task[Any]] = set()

    async def give(self, question: Coroutine[Any, Any, _T]) -> _T:
        """Return the answer.

        Raises:
            RetryLaterError: there was none in time, or the database says that it can't answer for now, or at all.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            question.close()
            raise RetryLaterError("The database did not answer in time just now.")
        # A task, for the driver may take long to give up, too.
        task = loop.create_task(question)
        done, _ = await asyncio.wait({task}, timeout=self._seconds)
        if not done:
            self._rests_until = loop.time() + self._rest_seconds
            self._given_up.add(task)
            task.add_done_callback(self._forget)
            task.cancel()
            raise RetryLaterError(f"The database did not answer in {self._seconds:g} seconds.")
        try:
            return task.result()
        except MisconfiguredError as error:
            # Whoever runs the edge must change something; until then the sender keeps what it has to say.
            raise RetryLaterError(str(error)) from None

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._given_up.discard(task)
        if not task.cancelled():
            task.exception()


class _Recent(Generic[_T]):
    """Values by key, read again after some seconds, and kept while they can't be read."""

    def __init__(self, read: Callable[[str], Awaitable[_T]]) -> None:
        self._read = read
        self._kept: dict[str, tuple[float, _T]] = {}

    async def get(self, key: str, *, within: float) -> _T:
        now = asyncio.get_running_loop().time()
        kept = self._kept.get(key)
        if kept and now - kept[0] < within:
            return kept[1]
        try:
            value = await self._read(key)
        except RetryLaterError:
            if kept is None:
                raise
            return kept[1]
        if value:
            self._kept[key] = now, value
        else:
            # Of keys that anybody can make up nothing is kept.
            self._kept.pop(key, None)
        return value


class Lookups:
    """What the receiver asks. Raises RetryLaterError where the database does not answer and nothing is known."""

    def __init__(self, secrets: PostgresWebhookSecrets, store: PostgresStore, time: DatabaseTime) -> None:
        self._store = store
        self._time = time
        self._secrets = _Recent[Sequence[SecretStr]](lambda account_id: time.give(_list(secrets, account_id)))
        self._connections = _Recent[Sequence[Connection]](lambda _: time.give(store.connections()))
        self._documents = Grouped[DocumentRef, DocumentLink](store.documents_of)

    async def secrets(self, account_id: str, *, within: float = FRESH_SECONDS) -> Sequence[SecretStr]:
        """Return the secrets that Sequence may sign an account's deliveries with, read within so many seconds."""
        return await self._secrets.get(account_id, within=within)

    async def connections(self, *, within: float = FRESH_SECONDS) -> Sequence[Connection]:
        """Return all connections, read within so many seconds."""
        return await self._connections.get("", within=within)

    async def in_xero(self, account_id: str, xero_ids: Sequence[str]) -> Mapping[str, XeroView | None]:
        """Return which of these ids in Xero are documents of an account, and how each is known to stand there."""
        links = await self._time.give(self._store.in_xero(account_id, xero_ids))
        return {link.xero.xero_id: link.xero for link in links if link.xero}

    async def document(self, ref: DocumentRef) -> DocumentLink:
        """Return what is known of a document, read with those that others ask for meanwhile."""
        return await self._time.give(self._documents.add(ref))


async def _list(secrets: PostgresWebhookSecrets, account_id: str) -> Sequence[SecretStr]:
    return list((await secrets.of(account_id)).values())
