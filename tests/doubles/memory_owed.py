"""What is owed, in memory."""

from collections.abc import Sequence
from datetime import datetime

from xerosync.core.owed import Owed, removal_of
from xerosync.postgres.owed import _key


class MemoryOwed:
    """The part of `MemoryStore` that keeps what is owed."""

    def __init__(self) -> None:
        super().__init__()
        self._owed: dict[tuple[str, str, str], Owed] = {}

    async def owe(self, owed: Sequence[Owed]) -> None:
        """Store what is owed; what is owed already is owed since then."""
        self._owed.update({_key(each): each for each in owed})

    async def settle(self, owed: Sequence[Owed]) -> None:
        """Forget what was done, unless it is owed anew since."""
        for each in owed:
            if self._owed.get(_key(each)) == each:
                del self._owed[_key(each)]

    async def overdue(self, account_id: str, before: datetime, limit: int = 500) -> Sequence[Owed]:
        """Return what an account owes since before an instant (UTC), the oldest first."""
        found = [each for each in self._owed.values() if each.account_id == account_id and each.since < before]
        return sorted(found, key=lambda each: (each.since, *_key(each)))[:limit]

    async def unlinking(self, account_id: str, customer_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these customers were unlinked while Sequence may still show the link."""
        return frozenset(each for each in customer_ids if _key(removal_of(account_id, each)) in self._owed)
