"""Keys that encrypt an account's payloads in Temporal, themselves encrypted like tokens."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import SecretStr

from xerosync.core.payload_codec import PayloadKey
from xerosync.postgres.cipher import Cipher
from xerosync.postgres.database import QUERIES, Database, Row

_SECRET_BYTES = 32


class KeysOfAccount(NamedTuple):
    """How many keys an account has, and since when the newest encrypts (UTC)."""

    account_id: str
    keys: int
    newest_at: datetime


class PostgresPayloadKeys:
    """Where the keys are kept. Raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    async def newest(self, account_id: str) -> PayloadKey:
        """Return the key that encrypts for an account; the first one is made here."""
        row = await self._database.row(QUERIES.payload_keys.newest, account_id=account_id)
        return await self.make(account_id) if row is None else self._key(row)

    async def by_id(self, key_id: str) -> PayloadKey | None:
        """Return a key, unless it was deleted."""
        row = await self._database.row(QUERIES.payload_keys.get, key_id=key_id)
        return None if row is None else self._key(row)

    async def make(self, account_id: str) -> PayloadKey:
        """Make a new key, which encrypts for the account from now on. The older ones still decrypt."""
        key = PayloadKey(secrets.token_hex(8), account_id, secrets.token_bytes(_SECRET_BYTES))
        sealed = self._cipher.encrypt(SecretStr(base64.b64encode(key.secret).decode()))
        await self._database.run(QUERIES.payload_keys.add, key_id=key.key_id, account_id=account_id, secret=sealed)
        return key

    async def delete(self, account_id: str) -> int:
        """Delete all keys of an account and return how many: what they encrypted can't be read by anybody any more."""
        return len(await self._database.rows(QUERIES.payload_keys.delete, account_id=account_id))

    async def list(self) -> Sequence[KeysOfAccount]:
        """Return the accounts that have keys."""
        rows = await self._database.rows(QUERIES.payload_keys.list)
        return [KeysOfAccount(row["account_id"], row["keys"], row["newest_at"]) for row in rows]

    async def rotate_secrets(self) -> int:
        """Encrypt all keys with the newest token key and return how many. Afterwards older token keys may go."""
        async with self._database.transaction() as session:
            rows = await session.rows(QUERIES.payload_keys.all)
            for row in rows:
                secret = self._cipher.decrypt(row["secret"], _name(row))
                await session.run(
                    QUERIES.payload_keys.rotate, key_id=row["key_id"], secret=self._cipher.encrypt(secret)
                )
        return len(rows)

    def _key(self, row: Row) -> PayloadKey:
        secret = self._cipher.decrypt(row["secret"], _name(row)).get_secret_value()
        return PayloadKey(row["key_id"], row["account_id"], base64.b64decode(secret))


def _name(row: Row) -> str:
    return f"the payload key {row['key_id']} of account {row['account_id']}"
