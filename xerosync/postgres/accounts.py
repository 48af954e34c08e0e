"""Credentials of Sequence accounts, where there are several. The one account of the settings is not kept here."""

from collections.abc import Sequence

from xerosync.postgres.cipher import Cipher
from xerosync.postgres.database import QUERIES, Database
from xerosync.postgres.records import AccountCredentials


class PostgresAccounts:
    """Where the credentials are kept, secrets encrypted. Raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    async def credentials(self, account_id: str) -> AccountCredentials | None:
        """Return an account's own credentials, if it has any."""
        row = await self._database.row(QUERIES.accounts.get, account_id=account_id)
        if row is None:
            return None
        secret = self._cipher.decrypt(row["sequence_client_secret"], f"the secret of account {account_id}")
        return AccountCredentials(account_id=account_id, client_id=row["sequence_client_id"], client_secret=secret)

    async def account_ids(self) -> Sequence[str]:
        """Name the accounts with credentials of their own."""
        return [row["account_id"] for row in await self._database.rows(QUERIES.accounts.list)]

    async def save(self, credentials: AccountCredentials) -> None:
        """Write an account's credentials, in place of those it had."""
        await self._database.run(
            QUERIES.accounts.save,
            account_id=credentials.account_id,
            client_id=credentials.client_id,
            client_secret=self._cipher.encrypt(credentials.client_secret),
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
