"""Grants in memory, for tests: what `PostgresGrants` does within one process."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from xerosync.connection.grant import Grant, LockedGrant
from xerosync.core.errors import MissingError


class MemoryGrants:
    """Where grants are kept for the life of a process."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def read(self, grant_id: str) -> Grant:
        """Return a grant. Raises MissingError where there is none."""
        if grant_id not in self._grants:
            raise MissingError(f"There is no grant {grant_id}.")
        return self._grants[grant_id]

    @asynccontextmanager
    async def lock(self, grant_id: str) -> AsyncGenerator[LockedGrant]:
        """Hold a grant's lock. Raises MissingError where there is none."""
        async with self._locks[grant_id]:
            yield _Locked(await self.read(grant_id), self._grants)

    async def add(self, grant: Grant) -> None:
        """Write a grant that someone just gave, in place of the one of that id."""
        async with self._locks[grant.grant_id]:
            self._grants[grant.grant_id] = grant


class _Locked:
    def __init__(self, grant: Grant, grants: dict[str, Grant]) -> None:
        self.grant = grant
        self._grants = grants

    async def save(self, grant: Grant) -> None:
        """Store the grant."""
        self._grants[grant.grant_id] = grant
        self.grant = grant
