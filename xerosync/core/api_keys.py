"""Keys of the JSON API: each opens one account, and what its scopes say."""

from enum import StrEnum

from pydantic import AwareDatetime

from xerosync.core.base import Message


class Scope(StrEnum):
    """What a key may do. READ: see documents and customers. SIGNAL: report that a document changed in Sequence."""

    READ = "read"
    SIGNAL = "signal"


class ApiKey(Message):
    """A key without its secret, which is shown once and kept as its SHA-256 alone. Instants are UTC.

    `prefix` is how the secret begins.

    `last_used_at` is an instant at which it was used; the last time of all is at most an hour later.
    """

    key_id: str
    account_id: str
    name: str
    prefix: str
    scopes: tuple[Scope, ...]
    made_by: str
    made_at: AwareDatetime
    last_used_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None
