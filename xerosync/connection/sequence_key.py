"""The API key of a Sequence account."""

from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class SequenceKey:
    """A key as Sequence gives it out: client id and client secret. No repr shows the secret."""

    client_id: str
    client_secret: SecretStr
