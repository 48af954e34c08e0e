"""Keys of Sequence accounts, where there are several. The key of the settings is not kept here."""

from collections.abc import Sequence

from xerosync.connection.sequence_key import SequenceKey
from xerosync.postgres.cipher import Cipher
from xerosync.postgres.database import QUERIES, Database


class PostgresAccounts:
    """Stores the keys, secrets encrypted. Raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    async def key(self, account_id: str) -> SequenceKey | None:
        """Return the stored key of an account, if there is one."""
        row = await self._database.row(QUERIES.accounts.get, account_id=account_id)
        if row is None:
            return None
        secret = self._cipher.decrypt(row["sequence_client_secret"], f"the secret of account {account_id}")
        return SequenceKey(row["sequence_client_id"], secret)

    async def account_ids(self) -> Sequence[str]:
        """Return the ids of the accounts with a stored key."""
        return [row["account_id"] for row in await self._database.rows(QUERIES.accounts.list)]

    async def save(self, account_id: str, key: SequenceKey) -> None:
        """Store the key of an account, in place of the one that it had."""
        await self._database.run(
            QUERIES.accounts.save,
            account_id=account_id,
            client_id=key.client_id,
            client_secret=self._cipher.encrypt(key.client_secret),
        )

    async def rotate_secrets(self) -> int:
        """Encrypt all secrets with the newest key and return how many. Afterwards older keys may go."""
        async with self._database.transaction() as session:
            rows = await session.rows(QUERIES.accounts.secrets_to_rotate)
            for row in rows:
                account_id = row["account_id"]
                secret = self._cipher.decrypt(row["sequence_client_secret"], f"the secret of account {account_id}")
                await session.run(
                    QUERIES.accounts.rotate, account_id=account_id, client_secret=self._cipher.encrypt(secret)
                )
        return len(rows)
