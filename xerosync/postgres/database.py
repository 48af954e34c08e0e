"""The pool of connections to PostgreSQL and the ways to ask it. Errors of the driver leave here as ours.

Nothing is retried: a lost connection fails what was under way, and the next one to ask gets a new connection.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import aiosql
import asyncpg
from pydantic import SecretStr

from xerosync.metrics.counts import count_store_trouble
from xerosync.postgres.address import check_files, place_of
from xerosync.postgres.errors import DRIVER_ERRORS, StoreUnavailableError, connect_error, store_error, trouble_of
from xerosync.postgres.pooling import check_pooling

QUERIES: Any = aiosql.from_path(Path(__file__).parent / "queries", "asyncpg", encoding="utf-8")
"""The named queries, as `QUERIES.folder.name`; the adapter makes them at run time, so they have no types."""


_CONNECT_SECONDS = 10


_STATEMENT_SECONDS = 30


_CLOSE_SECONDS = 5


SESSION_SETTINGS = {
    "application_name": "xerosync",
    # A worker that froze or vanished gives its locks back: in a transaction after a minute, and after another
    # minute where only the network shows it.
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}


Query = Callable[..., Any]


Row = Mapping[str, Any]
"""A row by column name: asyncpg's Record, which is a mapping in all but its class."""


class PoolUse(NamedTuple):
    """How many connections of a pool are lent, how many it may have, and how many wait for one."""

    busy: int
    most: int
    waiting: int


class Session:
    """One connection. Each statement commits by itself, unless `Database.transaction` holds them together."""

    def __init__(self, connection: Any, where: str) -> None:
        self._connection = connection
        self._where = where

    async def row(self, query: Query, **parameters: object) -> Row | None:
        """Return the row of a query that has at most one."""
        return await self._ask(query(self._connection, **parameters))

    async def rows(self, query: Query, **parameters: object) -> list[Row]:
        """Return all rows of a query."""
        with self.errors():
            return [row async for row in query(self._connection, **parameters)]

    async def value(self, query: Query, **parameters: object) -> Any:
        """Return the only value of a query, or None where it has no row."""
        return await self._ask(query(self._connection, **parameters))

    async def run(self, query: Query, **parameters: object) -> None:
        """Run a statement that answers nothing."""
        await self._ask(query(self._connection, **parameters))

    async def script(self, sql: str, *, seconds: float) -> None:
        """Run a text of several statements, which may take that long."""
        await self._ask(self._connection.execute(sql, timeout=seconds))

    @contextmanager
    def errors(self) -> Generator[None]:
        """Turn errors of the driver into ours."""
        with _errors(self._where):
            yield

    async def _ask(self, answer: Awaitable[Any]) -> Any:
        with self.errors():
            return await answer


class Database:
    """PostgreSQL as the store sees it. Every method raises what `store_error` returns."""

    def __init__(self, pool: asyncpg.Pool, where: str, *, patience: float) -> None:
        self._pool = pool
        self._patience = patience
        self._waiting = 0
        self.where = where

    def pool_use(self) -> PoolUse:
        """Return how the pool is used at this moment."""
        busy = self._pool.get_size() - self._pool.get_idle_size()
        return PoolUse(busy=busy, most=self._pool.get_max_size(), waiting=self._waiting)

    async def row(self, query: Query, **parameters: object) -> Row | None:
        """Return the row of a query that has at most one, in a transaction of its own."""
        async with self._loan() as session:
            return await session.row(query, **parameters)

    async def rows(self, query: Query, **parameters: object) -> list[Row]:
        """Return all rows of a query, in a transaction of its own."""
        async with self._loan() as session:
            return await session.rows(query, **parameters)

    async def value(self, query: Query, **parameters: object) -> Any:
        """Return the only value of a query, or None where it has no row, in a transaction of its own."""
        async with self._loan() as session:
            return await session.value(query, **parameters)

    async def run(self, query: Query, **parameters: object) -> None:
        """Run a statement in a transaction of its own."""
        async with self._loan() as session:
            await session.run(query, **parameters)

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Session]:
        """Lend a connection. Locks that it took and did not give back end with the loan."""
        connection = await self._acquire()
        try:
            yield Session(connection, self.where)
        finally:
            try:
                await connection.reset()
            except BaseException as error:
                # Its locks end with it; what was committed stays so.
                with suppress(*DRIVER_ERRORS):
                    connection.terminate()
                if not isinstance(error, DRIVER_ERRORS):
                    raise
            finally:
                await self._give_back(connection)

    @asynccontextmanager
    async def transaction(self, *, is_snapshot: bool = False) -> AsyncGenerator[Session]:
        """Lend a connection in a transaction: committed when the block ends, rolled back when it fails.

        A snapshot only reads, and all that it reads is of the instant of its first statement.
        """
        connection = await self._acquire()
        session = Session(connection, self.where)
        try:
            transaction = (
                connection.transaction(isolation="repeatable_read", readonly=True)
                if is_snapshot
                else connection.transaction()
            )
            with session.errors():
                await transaction.start()
            try:
                yield session
            except BaseException:
                # Whatever ended the block matters more than a rollback that finds the connection gone.
                with suppress(*DRIVER_ERRORS):
                    await transaction.rollback()
                raise
            with session.errors():
                await transaction.commit()
        finally:
            await self._give_back(connection)

    @asynccontextmanager
    async def _loan(self) -> AsyncGenerator[Session]:
        """Lend a connection for one statement, which leaves nothing behind that would have to be reset."""
        connection = await self._acquire()
        try:
            yield Session(connection, self.where)
        finally:
            await self._give_back(connection)

    async def _give_back(self, connection: Any) -> None:
        # A broken one is dropped by the pool; what was committed stays so.
        with suppress(*DRIVER_ERRORS):
            await self._pool.release(connection)

    async def _acquire(self) -> Any:
        if self._pool.is_closing():
            raise StoreUnavailableError(f"The {self.where} is not asked any more: this process is stopping.")
        self._waiting += 1
        try:
            return await self._pool.acquire(timeout=self._patience)
        except DRIVER_ERRORS as error:
            if isinstance(error, TimeoutError) and self._pool.get_size() == self._pool.get_max_size():
                raise StoreUnavailableError(f"All connections to the {self.where} are busy.") from error
            _count(error)
            raise store_error(error, self.where) from error
        finally:
            self._waiting -= 1


@contextmanager
def _errors(where: str) -> Generator[None]:
    try:
        yield
    except DRIVER_ERRORS as error:
        _count(error)
        # Without its cause: a driver's message may quote the row, and causes travel into histories.
        raise store_error(error, where) from None


def _count(error: BaseException) -> None:
    if trouble := trouble_of(error):
        count_store_trouble(trouble)


async def _nothing(_: object) -> None:
    """Reset nothing when a connection comes back: that would be one more question after every statement."""


@asynccontextmanager
async def open_database(
    url: SecretStr, *, connections: int = 10, patience: float = _CONNECT_SECONDS
) -> AsyncGenerator[Database]:
    """Open a pool of at most that many connections, and close it when the block ends.

    Whoever needs a connection waits for one for `patience` seconds.

    Raises:
        MisconfiguredError: URL, user, password, database or certificate is wrong, or a pooler mixes sessions.
        StoreUnavailableError: the database does not answer.
    """
    where = place_of(url)
    check_files(url)
    try:
        pool = await asyncpg.create_pool(
            url.get_secret_value(),
            min_size=1,
            max_size=connections,
            timeout=patience,
            command_timeout=_STATEMENT_SECONDS,
            server_settings=SESSION_SETTINGS,
            reset=_nothing,
        )
    except (ValueError, *DRIVER_ERRORS) as error:
        raise connect_error(error, where) from None
    try:
        if connections > 1:
            with _errors(where):
                await check_pooling(pool, where)
        yield Database(pool, where, patience=patience)
    finally:
        try:
            await asyncio.wait_for(pool.close(), _CLOSE_SECONDS)
        except TimeoutError:
            pool.terminate()
