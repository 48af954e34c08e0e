"""Keys of the JSON API, made under the name of whoever asks."""

from collections.abc import Sequence

from xerosync.core.api_keys import ApiKey, Scope
from xerosync.core.errors import MisconfiguredError
from xerosync.documents.timeline import cause
from xerosync.services import Services

LONGEST_NAME = 100


async def make_key(services: Services, account_id: str, name: str, scopes: Sequence[Scope]) -> tuple[ApiKey, str]:
    """Make a key of an account; return it with its secret, which can't be read again.

    Raises:
        MisconfiguredError: it has no name that can be read, or opens nothing.
    """
    name = name.strip()
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise MisconfiguredError(
            f"Name the key by what it is for, such as `billing`, in {LONGEST_NAME} characters at most."
        )
    if not scopes:
        raise MisconfiguredError(f"Say what the key may do: {' or '.join(Scope)}.")
    return await services.api_keys.make(account_id, name, sorted(set(scopes)), cause().who)
