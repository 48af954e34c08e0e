"""Refusing a pooler that lends a connection for one transaction at a time.

One refresh of Xero's tokens at a time is kept by a lock of the session (`grants.py`). Behind such a pooler the lock
would stay with a connection that somebody else uses next: two workers could then use one refresh token, and Xero would
end the consent.
"""

import asyncpg

from xerosync.core.errors import MisconfiguredError

_LOOKS = 3

POOLED = (
    "{} is behind a pooler in transaction mode, where locks of a session do not hold: set pool_mode = session for this "
    "database in PgBouncer, or name PostgreSQL itself in XEROSYNC_DATABASE_URL."
)

CLASHES = (asyncpg.DuplicatePreparedStatementError, asyncpg.InvalidSQLStatementNameError)
"""What the driver meets where another client's statements are on its connection."""


async def check_pooling(pool: asyncpg.Pool, where: str) -> None:
    """Make sure that a connection keeps its session; without a pooler that takes one query.

    Raises:
        MisconfiguredError: it does not.
    """
    async with pool.acquire() as first:
        if await first.fetchval("SELECT pg_backend_pid()") == first.get_server_pid():
            return
        # A pooler makes up the number that a client gets. Two connections that are both open share a process of
        # the server only where they are lent it for a transaction.
        async with pool.acquire() as second:
            try:
                seen = [(await _process(first), await _process(second)) for _ in range(_LOOKS)]
            except CLASHES:
                raise _pooled(where) from None
    ours, theirs = ({each[place] for each in seen} for place in (0, 1))
    if ours & theirs or len(ours) > 1 or len(theirs) > 1:
        raise _pooled(where)


async def _process(connection: asyncpg.pool.PoolConnectionProxy) -> int:
    return await connection.fetchval("SELECT pg_backend_pid()")


def _pooled(where: str) -> MisconfiguredError:
    said = POOLED.format(where)
    return MisconfiguredError(said[0].upper() + said[1:])
