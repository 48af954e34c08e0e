"""What opens one embedded page: it names the page, the account and the key that asked for it."""

from collections.abc import Sequence
from datetime import timedelta

from pydantic import SecretStr

from xerosync.core.base import Message
from xerosync.web.sealing import Seal

EMBED_LASTS = timedelta(minutes=10)


class EmbedToken(Message):
    """The account and the page, such as `documents/invoice/…`, that a token opens, and the id of the API key."""

    account_id: str
    page: str
    key_id: str


def embed_seal(keys: Sequence[SecretStr]) -> Seal[EmbedToken]:
    """Return what seals and opens these tokens."""
    return Seal(EmbedToken, keys, "embed", lasts=EMBED_LASTS)
