"""A process that wants a token: `python token_racer.py DATABASE_URL XERO_URL GRANT_ID`, keys in XEROSYNC_TOKEN_KEYS.

For every line on standard input it takes a token, uses it, and, where Xero says that it has expired, once more takes
one and uses that. It prints what Xero answered at the end, and when it could not get a token, why.
"""

import asyncio
import os
import sys

import httpx
from pydantic import SecretStr

from tests.integration.command_line import CLIENT_ID, CLIENT_SECRET
from tests.patience import PATIENCE
from xerosync.core.errors import RetryLaterError
from xerosync.postgres import Cipher, PostgresGrants, open_database
from xerosync.xero.oauth.tokens import AccessToken, Tokens


async def main(database_url: str, xero_url: str, grant_id: str) -> None:
    cipher = Cipher([SecretStr(os.environ["XEROSYNC_TOKEN_KEYS"])])
    async with (
        open_database(SecretStr(database_url), connections=3) as database,
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http,
    ):
        tokens = Tokens(
            PostgresGrants(database, cipher),
            http,
            identity_url=xero_url,
            client_id=CLIENT_ID,
            client_secret=SecretStr(CLIENT_SECRET),
        )

        async def use(token: AccessToken) -> int:
            headers = {"Authorization": f"Bearer {token.value.get_secret_value()}"}
            return (await http.get(f"{xero_url}/connections", headers=headers)).status_code

        async def one_round() -> str:
            try:
                token = await tokens.access_token(grant_id)
                if (status := await use(token)) == httpx.codes.UNAUTHORIZED:
                    status = await use(await tokens.access_token(grant_id, rejected=token))
            except RetryLaterError as error:
                return type(error).__name__
            return str(status)

        print("ready", flush=True)  # noqa: T201 - what the test waits for
        while await asyncio.to_thread(sys.stdin.readline):
            print(await one_round(), flush=True)  # noqa: T201 - what the test reads


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
