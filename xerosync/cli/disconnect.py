"""`disconnect`: end a connection, here and at Xero. Its documents wait for it to be made again."""

from xerosync.cli.app import Account, Json, WithServices, WithSettings
from xerosync.cli.terminal import console, counted, print_json
from xerosync.operations.defaults import the_connection
from xerosync.operations.disconnecting import end_connection


async def disconnect(
    *, account: Account = None, json: Json = False, services: WithServices, settings: WithSettings
) -> None:
    """End the connection to Xero, here and there. Documents wait until the account is connected again.

    Raises:
        MisconfiguredError: the account is not connected, there are several and none is named, or a key or secret is
            wrong.
        RetryLaterError: Xero does not answer.
    """
    ended = await end_connection(services, await the_connection(services, account), settings.public_url)
    if json:
        print_json(ended)
        return
    console.print(f"Account {ended.account_id} is disconnected from {ended.organisation}.", markup=False)
    if ended.open_documents:
        console.print(
            f"{counted(ended.open_documents, 'open document')}: held when Xero is next needed, until you connect again."
        )
