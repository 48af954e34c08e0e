"""The last probe of each account's holds, in memory."""

from xerosync.documents.hold_probes import HoldProbe


class MemoryHoldProbes:
    """The last probe of each account's holds, without a database."""

    def __init__(self) -> None:
        self._probes: dict[str, HoldProbe] = {}

    async def last(self, account_id: str) -> HoldProbe | None:
        """Return the last probe of an account's holds."""
        return self._probes.get(account_id)

    async def save(self, account_id: str, probe: HoldProbe) -> None:
        """Keep a probe, in place of the one before."""
        self._probes[account_id] = probe

    async def forget(self, account_id: str) -> None:
        """Forget the last probe: nothing is held any more that one could release."""
        self._probes.pop(account_id, None)
