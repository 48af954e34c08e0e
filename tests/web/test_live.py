"""Open pages learn what changes: by PostgreSQL, through one connection, only of what the person may see."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from tests.store.samples import connection, document, ref
from tests.web.console import Console, open_console
from xerosync.core.documents import DocumentRef
from xerosync.core.people import Role
from xerosync.documents.link import DocumentLink
from xerosync.postgres import PostgresStore, open_database
from xerosync.postgres import changes as of_postgres
from xerosync.postgres.changes import News, PostgresChanges, TooManyFollowersError
from xerosync.web.console import changes as of_console
from xerosync.web.serve import serving


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url, XEROSYNC_SERVE_PORT="0") as console:
        await console.services.store.save_connection(connection())
        yield console


@pytest.fixture
async def elsewhere(database_url: str) -> AsyncIterator[PostgresStore]:
    """The store as another process has it."""
    async with open_database(SecretStr(database_url)) as database:
        yield PostgresStore(database)


async def keep(store: PostgresStore, of: DocumentRef, number: str = "INV-1") -> None:
    await store.change(of, lambda _: DocumentLink(ref=of).read(document(of, number=number)))


class Events:
    """The events of a stream, one by one."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()
        self.raw: list[str] = []

    async def next(self) -> str:
        """Return the name of the next event that is no beat."""
        async for line in self._lines:
            self.raw.append(line)
            if line.startswith("event: ") and line != "event: beat":
                return line.removeprefix("event: ")
        return "end"


@asynccontextmanager
async def followed(console: Console, url: str, query: str = "", account: str = "acme") -> AsyncGenerator[Events]:
    async with (
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=None, cookies=console.client.cookies) as client,
        client.stream("GET", f"/accounts/{account}/changes{query}") as answer,
    ):
        yield Events(answer)


async def live(events: Events) -> None:
    """Read on until changes arrive."""
    while await events.next() != "live":
        pass


async def test_a_change_by_another_process_is_told_and_carries_no_data(
    console: Console, elsewhere: PostgresStore
) -> None:
    async with serving(console.app, console.settings) as url, followed(console, url) as events:
        assert events.answer.headers["content-type"].startswith("text/event-stream")
        await live(events)
        await keep(elsewhere, ref("one"))
        assert await events.next() == "changed"
        assert set(events.raw) <= {"event: live", "event: lost", "event: changed", "event: beat", "data:", ""}


async def test_a_page_of_a_document_is_told_of_that_one_alone(console: Console, elsewhere: PostgresStore) -> None:
    changes = PostgresChanges(console.settings.database_url)
    task = asyncio.create_task(changes.run())
    try:
        with changes.following("acme", ref("one")) as one, changes.following("acme") as all_of_it:
            while not (await one.news()).is_live:
                pass
            await all_of_it.news()
            await keep(elsewhere, ref("two"))
            assert (await all_of_it.news()).has_changed
            await keep(elsewhere, ref("one"))
            # Notifications come in order: had the other document been announced, this would be the second.
            assert await one.news() == News(is_live=True, has_changed=True)
            assert not one._is_new.is_set()
    finally:
        task.cancel()


async def test_another_accounts_changes_are_not_told(console: Console, elsewhere: PostgresStore) -> None:
    changes = PostgresChanges(console.settings.database_url)
    task = asyncio.create_task(changes.run())
    try:
        with changes.following("other") as other, changes.following("acme") as ours:
            while not (await ours.news()).is_live:
                pass
            await other.news()
            await keep(elsewhere, ref("one"))
            assert (await ours.news()).has_changed
            assert not other._is_new.is_set()
    finally:
        task.cancel()


async def test_many_changes_that_nobody_takes_are_one(console: Console, elsewhere: PostgresStore) -> None:
    changes = PostgresChanges(console.settings.database_url)
    task = asyncio.create_task(changes.run())
    try:
        with changes.following("acme") as slow, changes.following("acme", ref("last")) as last:
            while not (await slow.news()).is_live:
                pass
            await last.news()
            for place in range(30):
                await keep(elsewhere, ref(f"id-{place}"))
            await keep(elsewhere, ref("last"))
            await last.news()
            assert (await slow.news()).has_changed
            assert not slow._is_new.is_set()
    finally:
        task.cancel()


async def test_a_lost_connection_is_told_and_made_again(
    console: Console, elsewhere: PostgresStore, database_url: str
) -> None:
    changes = PostgresChanges(console.settings.database_url)
    task = asyncio.create_task(changes.run())
    server = await asyncpg.connect(database_url)
    try:
        with changes.following("acme") as follower:
            while not (await follower.news()).is_live:
                pass
            await server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query ILIKE 'LISTEN%'"
            )
            assert not (await follower.news()).is_live
            # What was changed in between nobody announced: the page has to read again.
            assert await follower.news() == News(is_live=True, has_changed=True)
            await keep(elsewhere, ref("one"))
            assert (await follower.news()).has_changed
    finally:
        task.cancel()
        await server.close()


async def test_a_stream_ends_when_its_person_is_signed_out(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_console, "BEAT_SECONDS", 0.1)
    async with serving(console.app, console.settings) as url, followed(console, url) as events:
        await live(events)
        token = console.client.cookies.get(console.access.cookie)
        assert token
        await console.access.sessions.end(token)
        assert await events.next() == "ended"
        assert await events.next() == "end"


async def test_a_stream_of_an_account_that_a_person_may_not_see_is_refused(console: Console) -> None:
    await console.sign_in(Role.ADMIN, accounts=("other",))
    async with serving(console.app, console.settings) as url:
        async with followed(console, url) as events:
            assert events.answer.status_code == 404
        console.client.cookies.clear()
        async with followed(console, url) as events:
            assert events.answer.status_code == 303


async def test_a_server_that_stops_ends_its_streams(console: Console) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=None, cookies=console.client.cookies) as client:
        async with serving(console.app, console.settings) as url:
            stream = client.stream("GET", f"{url}/accounts/acme/changes")
            events = Events(await stream.__aenter__())
            await live(events)
        # One that was cut off would raise.
        assert await events.next() == "end"


async def test_one_process_tells_so_many_pages_and_no_more(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_postgres, "_MOST_FOLLOWERS", 1)
    changes = PostgresChanges(console.settings.database_url)
    with changes.following("acme"), pytest.raises(TooManyFollowersError), changes.following("other"):
        pass
    with changes.following("other"):
        pass
