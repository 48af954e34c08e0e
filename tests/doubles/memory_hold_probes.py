"""The last look at each account's holds, in memory."""

from xerosync.documents.hold_probe import HoldProbe


class MemoryHoldProbes:
    """The last look at each account's holds, without a database."""

    def __init__(self) -> None:
        self._looks: dict[str, HoldProbe] = {}

    async def look(self, account_id: str) -> HoldProbe | None:
        """Return the last look at an account's holds."""
        return self._looks.get(account_id)

    async def save(self, account_id: str, look: HoldProbe) -> None:
        """Keep a look, in place of the one before."""
        self._looks[account_id] = look

    async def forget(self, account_id: str) -> None:
        """Forget the last look: nothing is held any more that it could mend."""
        self._looks.pop(account_id, None)
