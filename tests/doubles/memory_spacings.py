"""How far apart each account's sweeps are, in memory. What Xero's webhook announces is played by the test."""

from collections.abc import Sequence
from datetime import datetime

from xerosync.core.clock import utc_now
from xerosync.documents.ports import Announcement, Echoes, KeptSpacing
from xerosync.documents.sweep_spacing import Spacing


class MemorySpacings:
    """How far apart sweeps are. `announcements` are what the webhook said, `echoed` whether of our writes."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptSpacing] = {}
        self._told = 0
        self.announcements: list[Announcement] = []
        self.echoed = Echoes(0, 0)

    def tell(self, xero_id: str, kind: str = "INVOICE UPDATE") -> None:
        """Let Xero's webhook tell something."""
        self._told += 1
        self.announcements.append(Announcement(str(self._told).encode(), 0, kind, xero_id))

    def kept(self, account_id: str) -> KeptSpacing:
        """Return what is kept."""
        return self._kept.get(account_id, KeptSpacing(None, None))

    async def get(self, account_id: str) -> KeptSpacing:
        """Return how far apart an account's sweeps are, and when a person asked for one that has not begun (UTC)."""
        return self.kept(account_id)

    async def save(self, account_id: str, spacing: Spacing, asked_at: datetime | None) -> None:
        """Keep how far apart they are; what a person asked for until then (UTC) is done."""
        before = (await self.get(account_id)).asked_at
        is_done = before is None or (asked_at is not None and before <= asked_at)
        self._kept[account_id] = KeptSpacing(spacing, None if is_done else before)

    async def ask(self, account_id: str) -> None:
        """Keep that a person asked for a sweep: the next one does not rest."""
        self._kept[account_id] = (await self.get(account_id))._replace(asked_at=utc_now())

    async def announced(self, account_id: str) -> Sequence[Announcement]:
        """Return what was announced and no sweep has looked at yet."""
        del account_id
        return list(self.announcements)

    async def swept(self, announced: Sequence[Announcement]) -> None:
        """Keep that a sweep has looked at these."""
        self.announcements = [each for each in self.announcements if each not in announced]

    async def echoes(self, account_id: str, since: datetime, until: datetime) -> Echoes:
        """Return what the test says."""
        del account_id, since, until
        return self.echoed
