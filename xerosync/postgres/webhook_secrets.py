"""The secrets that Sequence signs its deliveries with, encrypted: two of an account while one replaces the other."""

from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from xerosync.postgres.cipher import Cipher
from xerosync.postgres.database import QUERIES, Database


class PostgresWebhookSecrets:
    """Where the secrets are kept. Raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    async def of(self, account_id: str) -> Mapping[str, SecretStr]:
        """Return an account's secrets by the name of their policy, the newest first.

        Raises:
            UnreadableSecretError: no key opens one of them.
        """
        rows = await self._database.rows(QUERIES.webhook_secrets.list, account_id=account_id)
        return {row["policy_name"]: self._cipher.decrypt(row["secret"], _name(account_id)) for row in rows}

    async def add(self, account_id: str, policy_name: str, secret: SecretStr) -> None:
        """Keep the secret of a notification policy."""
        await self._database.run(
            QUERIES.webhook_secrets.add,
            account_id=account_id,
            policy_name=policy_name,
            secret=self._cipher.encrypt(secret),
        )

    async def forget(self, account_id: str, policy_names: Sequence[str]) -> None:
        """Forget the secrets of policies that are gone."""
        await self._database.run(QUERIES.webhook_secrets.forget, account_id=account_id, policy_names=list(policy_names))

    async def rotate_secrets(self) -> int:
        """Encrypt all secrets with the newest key and return how many. Afterwards older keys may go."""
        async with self._database.transaction() as session:
            rows = await session.rows(QUERIES.webhook_secrets.all)
            for row in rows:
                secret = self._cipher.decrypt(row["secret"], _name(row["account_id"]))
                await session.run(
                    QUERIES.webhook_secrets.rotate,
                    account_id=row["account_id"],
                    policy_name=row["policy_name"],
                    secret=self._cipher.encrypt(secret),
                )
        return len(rows)


def _name(account_id: str) -> str:
    return f"the webhook secret of account {account_id}"
