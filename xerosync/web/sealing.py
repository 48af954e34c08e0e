"""Short-lived values that we hand out and get back: encrypted and signed, so that nobody else can read or make one.

Each purpose has keys of its own, made of XEROSYNC_TOKEN_KEYS: what is sealed for one can't be used for another. While
keys are changed, what was sealed with an older one still opens.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Generic, TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import BaseModel, SecretStr, ValidationError

_LONGEST = 4_000

_Model = TypeVar("_Model", bound=BaseModel)


class Seal(Generic[_Model]):
    """Seals values of one model for one purpose; they open for a limited time."""

    def __init__(self, model: type[_Model], keys: Sequence[SecretStr], purpose: str, *, lasts: timedelta) -> None:
        self._model = model
        self._lasts = lasts
        self._fernet = MultiFernet([Fernet(_derived(key, purpose)) for key in keys])

    def seal(self, value: _Model) -> str:
        """Return a value as a text that is safe in an address."""
        return self._fernet.encrypt(value.model_dump_json().encode()).decode().rstrip("=")

    def open(self, sealed: str) -> _Model | None:
        """Return the value; None where the text is none of ours, or too old."""
        if len(sealed) > _LONGEST:
            return None
        padded = sealed + "=" * (-len(sealed) % 4)
        try:
            opened = self._fernet.decrypt(padded.encode(), ttl=int(self._lasts.total_seconds()))
            return self._model.model_validate_json(opened)
        except (InvalidToken, ValidationError, ValueError):
            return None


def _derived(key: SecretStr, purpose: str) -> bytes:
    secret = base64.urlsafe_b64decode(key.get_secret_value())
    return base64.urlsafe_b64encode(hmac.digest(secret, purpose.encode(), hashlib.sha256))
