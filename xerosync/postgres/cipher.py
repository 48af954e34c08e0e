"""Encryption of what must never be readable in a dump of the database: tokens and clients' secrets."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from xerosync.core.errors import MisconfiguredError
from xerosync.postgres.errors import UnreadableSecretError

_NEW_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


class Cipher:
    """Fernet with several keys: the first encrypts, all decrypt, so that keys can be replaced in peace."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        """Take keys, newest first. Raises MisconfiguredError where one is not a Fernet key, or there is none."""
        if not keys:
            raise MisconfiguredError(f"XEROSYNC_TOKEN_KEYS holds no key: make one with {_NEW_KEY}.")
        self._fernet = MultiFernet([_fernet(key, place) for place, key in enumerate(keys, start=1)])

    def encrypt(self, secret: SecretStr) -> bytes:
        """Return the secret encrypted with the newest key."""
        return self._fernet.encrypt(secret.get_secret_value().encode())

    def decrypt(self, ciphertext: bytes, what: str) -> SecretStr:
        """Return the secret; `what` names it for a person.

        Raises:
            UnreadableSecretError: no key opens it.
        """
        try:
            return SecretStr(self._fernet.decrypt(ciphertext).decode())
        except InvalidToken:
            raise UnreadableSecretError(
                f"No key of XEROSYNC_TOKEN_KEYS opens {what}: add the key that it was stored with to the end of the "
                "list, or connect again."
            ) from None


def _fernet(key: SecretStr, place: int) -> Fernet:
    try:
        return Fernet(key.get_secret_value().encode())
    except ValueError:
        raise MisconfiguredError(
            f"Key {place} of XEROSYNC_TOKEN_KEYS is not a Fernet key: make one with {_NEW_KEY}."
        ) from None
