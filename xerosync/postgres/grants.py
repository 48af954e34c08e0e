"""Grants in PostgreSQL, tokens encrypted, one refresh at a time.

The lock is PostgreSQL's advisory lock of a session, not a row lock in a transaction: each save commits at once,
and a holder that crashes loses its lock with its connection, but no token that it saved. Xero replaces the refresh
token at every use, so a token that is not stored at once is lost. Behind PgBouncer this needs `pool_mode = session`.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from pydantic import SecretStr

from xerosync.connection.grant import Grant, GrantKind, LockedGrant
from xerosync.core.errors import MissingError
from xerosync.postgres.cipher import Cipher
from xerosync.postgres.database import QUERIES, Database, Row, Session
from xerosync.postgres.errors import GrantChangedError, StoreUnavailableError


class PostgresGrants:
    """Where grants are kept. Raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher
        # Within this process one task at a time asks PostgreSQL for a grant's lock: the others wait here, where
        # waiting takes no connection.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def read(self, grant_id: str) -> Grant:
        """Return a grant. Raises MissingError where there is none."""
        row = await self._database.row(QUERIES.grants.get, grant_id=grant_id)
        return self._grant(_found(row, grant_id))

    @asynccontextmanager
    async def lock(self, grant_id: str) -> AsyncGenerator[LockedGrant]:
        """Hold a grant's lock, so that one worker refreshes while the others wait and then read.

        Raises:
            MissingError: there is no such grant.
        """
        async with self._session_with_lock(grant_id) as session:
            row = _found(await session.row(QUERIES.grants.get, grant_id=grant_id), grant_id)
            yield _LockedRow(self._grant(row), row["revision"], session, self._database, self._cipher)

    async def add(self, grant: Grant) -> None:
        """Write a grant that someone just gave, in place of the one of that id."""
        async with self._session_with_lock(grant.grant_id) as session:
            await session.run(QUERIES.grants.add, **_columns(grant, self._cipher))

    async def forget(self, grant_id: str) -> None:
        """Drop a grant, unless a connection that is in force uses it."""
        async with self._session_with_lock(grant_id) as session:
            await session.run(QUERIES.grants.forget, grant_id=grant_id)

    async def check_grants(self) -> None:
        """Read all grants. Raises UnreadableSecretError where no key opens the tokens of one."""
        for row in await self._database.rows(QUERIES.grants.ids):
            with suppress(MissingError):
                await self.read(row["grant_id"])

    async def rotate_grants(self) -> int:
        """Encrypt all tokens with the newest key and return of how many grants. Afterwards older keys may go."""
        ids = [row["grant_id"] for row in await self._database.rows(QUERIES.grants.ids)]
        for grant_id in ids:
            async with self.lock(grant_id) as locked:
                await locked.save(locked.grant)
        return len(ids)

    @asynccontextmanager
    async def _session_with_lock(self, grant_id: str) -> AsyncGenerator[Session]:
        async with self._turns[grant_id], self._database.session() as session:
            await session.run(QUERIES.grants.lock, grant_id=grant_id)
            yield session

    def _grant(self, row: Row) -> Grant:
        what = f"the tokens of grant {row['grant_id']}"

        def secret(column: str) -> SecretStr | None:
            ciphertext = row[column]
            return None if ciphertext is None else self._cipher.decrypt(ciphertext, what)

        return Grant(
            grant_id=row["grant_id"],
            kind=GrantKind(row["kind"]),
            access_token=secret("access_token"),
            expires_at=row["expires_at"],
            refresh_token=secret("refresh_token"),
            previous_refresh_token=secret("previous_refresh_token"),
            scopes=tuple(row["scopes"]),
            is_revoked=row["is_revoked"],
        )


class _LockedRow:
    def __init__(self, grant: Grant, revision: int, session: Session, database: Database, cipher: Cipher) -> None:
        self.grant = grant
        self._revision = revision
        self._session = session
        self._database = database
        self._cipher = cipher

    async def save(self, grant: Grant) -> None:
        """Store the grant and commit at once.

        Raises:
            GrantChangedError: the lock was lost with its connection, and another worker has saved since.
        """
        written = {**_columns(grant, self._cipher), "revision": self._revision}
        try:
            revision = await self._session.value(QUERIES.grants.save, **written)
        except StoreUnavailableError:
            # The connection broke, and the lock with it. The token in hand is still the newest one unless
            # somebody saved meanwhile, which the revision shows.
            revision = await self._database.value(QUERIES.grants.save, **written)
        if revision is None:
            raise GrantChangedError
        self._revision = revision
        self.grant = grant


def _columns(grant: Grant, cipher: Cipher) -> dict[str, object]:
    def sealed(secret: SecretStr | None) -> bytes | None:
        return None if secret is None else cipher.encrypt(secret)

    return {
        "grant_id": grant.grant_id,
        "kind": grant.kind.value,
        "access_token": sealed(grant.access_token),
        "expires_at": grant.expires_at,
        "refresh_token": sealed(grant.refresh_token),
        "previous_refresh_token": sealed(grant.previous_refresh_token),
        "scopes": list(grant.scopes),
        "is_revoked": grant.is_revoked,
    }


def _found(row: Row | None, grant_id: str) -> Row:
    if row is None:
        raise MissingError(f"There is no grant {grant_id}.")
    return row
