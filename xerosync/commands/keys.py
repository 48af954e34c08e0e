"""`rotate-keys`: encrypt everything with the newest key, so that the older ones may go."""

from xerosync.commands.output import console, print_json
from xerosync.services import Services
from xerosync.settings import Settings


async def rotate_keys(services: Services, settings: Settings, *, as_json: bool) -> None:
    """Encrypt all tokens of Xero and all keys of Sequence that are stored anew, and say how many there are.

    Raises:
        UnreadableSecretError: no key opens one of them, and then nothing is changed.
    """
    await services.grants.check_grants()
    # All keys in one transaction, so that one that can't be read changes nothing.
    accounts = await services.accounts.rotate_secrets()
    grants = await services.grants.rotate_grants()
    older = len(settings.token_keys) - 1
    if as_json:
        print_json({"grants": grants, "accounts": accounts, "older_keys": older})
        return
    console.print(
        f"Encrypted with the newest key: the tokens of {grants} consents and custom connections, and {accounts} keys "
        "of Sequence accounts."
    )
    if older:
        console.print(
            "The older keys can be taken out of XEROSYNC_TOKEN_KEYS once no process runs any more that was started "
            "while one of them stood first."
        )
