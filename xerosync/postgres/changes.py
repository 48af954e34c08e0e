"""What changed in the store, as PostgreSQL says it: one connection of a process listens for all its open pages.

A change names ids alone. Whoever follows an account reads the truth itself; changes that come faster than they are
taken count as one, so that a slow reader costs no memory.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import asyncpg
import structlog
from pydantic import SecretStr
from pydantic_core import from_json

from xerosync.core.documents import DocumentRef
from xerosync.postgres.database import SESSION_SETTINGS
from xerosync.postgres.errors import DRIVER_ERRORS

_CHANNEL = "xerosync_changes"
_CONNECT_SECONDS = 10
_LOOK_SECONDS = 5
"""How often a silent connection is asked whether it still is one, and how long it may take to answer."""
_AGAIN_SECONDS = 1
_MOST_FOLLOWERS = 400

log = structlog.get_logger()


class News(NamedTuple):
    """What a follower gets: whether changes arrive at all, and whether there was one since it last asked."""

    is_live: bool
    has_changed: bool


class TooManyFollowersError(Exception):
    """This process has as many followers as it can serve."""


class Follower:
    """One page that follows the changes of an account, or of one of its documents."""

    def __init__(self, account_id: str, ref: DocumentRef | None, *, is_live: bool) -> None:
        self.account_id = account_id
        self._document = [ref.kind.value, ref.document_id] if ref else None
        self._news = News(is_live, has_changed=False)
        self._is_new = asyncio.Event()
        self._is_new.set()

    async def news(self) -> News:
        """Wait until there is something new, and return it; at once the first time."""
        await self._is_new.wait()
        self._is_new.clear()
        news, self._news = self._news, self._news._replace(has_changed=False)
        return news

    def changed(self, document: list[Any]) -> None:
        """Take in a change of the account; `document` holds kind and id, or nothing where it is none's."""
        if self._document is None or not document or document == self._document:
            self._publish(self._news._replace(has_changed=True))

    def connected(self, *, is_live: bool) -> None:
        """Take in that changes arrive from now on, or no longer. In between any may have been missed."""
        self._publish(News(is_live, has_changed=is_live or self._news.has_changed))

    def _publish(self, news: News) -> None:
        self._news = news
        self._is_new.set()


class PostgresChanges:
    """Listens while `run` runs, and passes changes to the followers of each account."""

    def __init__(self, url: SecretStr) -> None:
        self._url = url
        self._is_live = False
        self._followers: dict[str, set[Follower]] = {}

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is reported, and made again."""
        while True:
            try:
                await self._listen()
            except (OSError, *DRIVER_ERRORS) as error:
                log.warning("changes do not arrive", reason=type(error).__name__)
            finally:
                self._heard(is_live=False)
            await asyncio.sleep(_AGAIN_SECONDS)

    @contextmanager
    def following(self, account_id: str, ref: DocumentRef | None = None) -> Generator[Follower]:
        """Follow an account, or one document of it, while the block runs.

        Raises:
            TooManyFollowersError: there are as many already as one process takes.
        """
        if sum(map(len, self._followers.values())) >= _MOST_FOLLOWERS:
            raise TooManyFollowersError
        follower = Follower(account_id, ref, is_live=self._is_live)
        self._followers.setdefault(account_id, set()).add(follower)
        try:
            yield follower
        finally:
            self._followers[account_id].discard(follower)
            if not self._followers[account_id]:
                del self._followers[account_id]

    async def _listen(self) -> None:
        connection = await asyncpg.connect(
            self._url.get_secret_value(),
            timeout=_CONNECT_SECONDS,
            command_timeout=_LOOK_SECONDS,
            server_settings=SESSION_SETTINGS,
        )
        try:
            is_lost = asyncio.Event()
            connection.add_termination_listener(lambda _: is_lost.set())
            await connection.add_listener(_CHANNEL, self._take)
            self._heard(is_live=True)
            while not is_lost.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(is_lost.wait(), _LOOK_SECONDS)
                    return
                # A machine that vanished closes nothing: only a question finds out.
                await connection.execute("SELECT 1")
        finally:
            connection.terminate()

    def _take(self, _connection: object, _process: int, _channel: str, payload: object) -> None:
        account_id, *document = from_json(str(payload))
        for follower in self._followers.get(account_id, ()):
            follower.changed(document)

    def _heard(self, *, is_live: bool) -> None:
        if is_live is self._is_live:
            return
        self._is_live = is_live
        for followers in self._followers.values():
            for follower in followers:
                follower.connected(is_live=is_live)
