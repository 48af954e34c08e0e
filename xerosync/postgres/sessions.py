"""Who is signed in. Of a token only its SHA-256 is kept: whoever reads the database can't be somebody else."""

import hashlib
import secrets
from datetime import timedelta

from xerosync.core.clock import utc_now
from xerosync.core.people import Person, Role
from xerosync.postgres.database import QUERIES, Database, Row

SESSION_LASTS = timedelta(hours=12)
LINK_LASTS = timedelta(minutes=10)


class PostgresSessions:
    """Sessions, and links that begin one. Raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, person: Person) -> str:
        """Sign a person in for twelve hours and return the token of the session."""
        token = secrets.token_urlsafe(32)
        await self._database.run(QUERIES.sessions.add, **_row(token, person, SESSION_LASTS))
        return token

    async def person(self, token: str) -> Person | None:
        """Return who is signed in by a token, if somebody is."""
        return _person(await self._database.row(QUERIES.sessions.get, token_digest=_digest(token)))

    async def end(self, token: str) -> None:
        """Sign out whoever is signed in by a token."""
        await self._database.run(QUERIES.sessions.sign_out, token_digest=_digest(token))

    async def make_link(self, person: Person) -> str:
        """Return the token of a link that signs a person in, once, within ten minutes."""
        token = secrets.token_urlsafe(32)
        await self._database.run(QUERIES.sessions.add_link, **_row(token, person, LINK_LASTS))
        return token

    async def use_link(self, token: str) -> Person | None:
        """Use a link up; return whom it signs in, None where it is unknown, used or too old."""
        return _person(await self._database.row(QUERIES.sessions.use_link, token_digest=_digest(token)))


def _row(token: str, person: Person, lasts: timedelta) -> dict[str, object]:
    return {
        "token_digest": _digest(token),
        "person": person.name,
        "role": person.role.word,
        "accounts": None if person.accounts is None else list(person.accounts),
        "expires_at": utc_now() + lasts,
    }


def _person(row: Row | None) -> Person | None:
    if row is None:
        return None
    accounts = row["accounts"]
    return Person(name=row["person"], role=Role.of(row["role"]), accounts=None if accounts is None else tuple(accounts))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
