"""Keys of the JSON API. Of a key only its SHA-256 is kept: whoever reads the database can't use one."""

import hashlib
import secrets
from collections.abc import Sequence

from xerosync.core.api_keys import ApiKey, Scope
from xerosync.core.errors import MissingError
from xerosync.postgres.database import QUERIES, Database

_BEGINNING = "xerosync_"
"""What every key begins with, so that whoever finds one somewhere knows what it opens."""

_PREFIX = len(_BEGINNING) + 4
"""Characters that are kept as they are: of 43 behind the beginning, 39 stay unknown."""


class PostgresApiKeys:
    """Makes, finds and revokes keys. Raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, account_id: str, name: str, scopes: Sequence[Scope], made_by: str) -> tuple[ApiKey, str]:
        """Make a key and return it with its secret, which can't be read again."""
        secret = _BEGINNING + secrets.token_urlsafe(32)
        row = await self._database.row(
            QUERIES.api_keys.add,
            key_id=secrets.token_hex(6),
            account_id=account_id,
            name=name,
            prefix=secret[:_PREFIX],
            scopes=[scope.value for scope in scopes],
            secret_digest=_digest(secret),
            made_by=made_by,
        )
        assert row is not None
        return ApiKey(**row), secret

    async def opened_by(self, secret: str) -> ApiKey | None:
        """Return the key of a secret; None where there is none, or it was revoked."""
        row = await self._database.row(QUERIES.api_keys.opened_by, secret_digest=_digest(secret))
        return ApiKey(**row) if row else None

    async def get(self, key_id: str) -> ApiKey | None:
        """Return a key by its id; None where there is none, or it was revoked."""
        row = await self._database.row(QUERIES.api_keys.get, key_id=key_id)
        return ApiKey(**row) if row else None

    async def list(self, account_id: str | None = None) -> Sequence[ApiKey]:
        """Return the keys of an account, or of all, revoked ones among them."""
        return [ApiKey(**row) for row in await self._database.rows(QUERIES.api_keys.list, account_id=account_id)]

    async def revoke(self, key_id: str, account_id: str | None = None) -> ApiKey:
        """Revoke a key, at once and for good. Raises MissingError where the account has no such key."""
        row = await self._database.row(QUERIES.api_keys.revoke, key_id=key_id, account_id=account_id)
        if row is None:
            raise MissingError(f"There is no API key {key_id}.")
        return ApiKey(**row)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
