"""One user's consent to the app at Xero: the rotating pair of tokens. Several connections may share a grant."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import SecretStr

from xerosync.core.base import Message


class GrantKind(StrEnum):
    """How tokens are got: by a person's consent, or by the app's own credentials for one organisation."""

    CONSENT = "consent"
    CUSTOM = "custom"


class ScopeSet(StrEnum):
    """Which of Xero's scopes an app asks for: apps made since 2 March 2026 get only the granular ones.

    The broad ones end on 13 September 2027 (Xero documents both).
    """

    GRANULAR = "granular"
    BROAD = "broad"


class Grant(Message):
    """Tokens as Xero gave them; secret in every repr. Instants UTC.

    `previous_refresh_token` may be replayed until 30 minutes after the rotation, when an answer was lost.
    A revoked grant is useless until someone connects again.
    """

    grant_id: str
    kind: GrantKind
    access_token: SecretStr | None = None
    expires_at: datetime | None = None
    refresh_token: SecretStr | None = None
    previous_refresh_token: SecretStr | None = None
    scopes: tuple[str, ...] = ()
    is_revoked: bool = False


class LockedGrant(Protocol):
    """A grant under its row lock."""

    grant: Grant

    async def save(self, grant: Grant) -> None:
        """Store the grant and commit at once, still holding the lock until the context is left."""
        ...


class Grants(Protocol):
    """Where grants are kept, encrypted. Raises RetryLaterError while the database is down."""

    async def read(self, grant_id: str) -> Grant:
        """Return a grant. Raises MissingError where there is none."""
        ...

    def lock(self, grant_id: str) -> AbstractAsyncContextManager[LockedGrant]:
        """Hold the grant's lock, so that one worker refreshes while the others wait and then read."""
        ...
