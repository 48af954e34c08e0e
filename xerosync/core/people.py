"""Who uses the console, and what they may do there."""

from collections.abc import Iterable
from enum import IntEnum

from xerosync.core.base import Message


class Role(IntEnum):
    """What a person may do; each may do all that those before it may.

    A VIEWER sees. An OPERATOR acts on documents and customers. An ADMIN connects, disconnects and changes settings.
    """

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """The role as settings, claims and the database write it."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Role":
        """Return the role that a word names. Raises ValueError where none is called so."""
        try:
            return cls[word.strip().upper()]
        except KeyError:
            raise ValueError(f"{word} is no role: viewer, operator or admin") from None


ALL_ACCOUNTS = "*"
"""What a claim or a header holds for somebody who may see every account."""


def accounts_in(values: Iterable[object]) -> tuple[str, ...] | None:
    """Return the accounts that a claim or a header names; None, which means all, where `*` is among them."""
    named = tuple(dict.fromkeys(value.strip() for value in values if isinstance(value, str) and value.strip()))
    return None if ALL_ACCOUNTS in named else named


class Person(Message):
    """Somebody who is signed in. `accounts` are those that the person may see; None means all."""

    name: str
    role: Role
    accounts: tuple[str, ...] | None = None

    def may(self, role: Role) -> bool:
        """Tell whether the person may do what needs a role."""
        return self.role >= role

    def sees(self, account_id: str) -> bool:
        """Tell whether the person may see an account."""
        return self.accounts is None or account_id in self.accounts
