"""The inbox of webhooks in memory, for deliveries of Sequence: what `PostgresInbox` does of that."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from xerosync.core.hints import Delivery, Hint, HintAct, HintKey, HintOutcome, Kept


class MemoryInbox:
    """Where hints wait. No method gives way to another task half-way, so each is one transaction."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: set[HintKey] = set()
        self._pending: dict[HintKey, tuple[Hint, datetime]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is pending."""
        return not self._pending

    async def add(self, delivery: Delivery) -> Kept:
        """Keep the hints of a delivery; of one that was kept before nothing is news."""
        keys = [HintKey(delivery.provider, delivery.digest, place) for place in range(len(delivery.hints))]
        news = [(key, hint) for key, hint in zip(keys, delivery.hints, strict=True) if key not in self._known]
        self._known.update(key for key, _ in news)
        pending = {key: (hint, self._now()) for key, hint in news if hint.act is not HintAct.NOTHING}
        self._pending.update(pending)
        return Kept(is_pending=bool(pending))

    async def claim(self, seconds: int, limit: int) -> Mapping[HintKey, Hint]:
        """Take the oldest pending hints for some seconds; nobody else gets them meanwhile."""
        now = self._now()
        free = [(key, hint) for key, (hint, until) in self._pending.items() if until <= now][:limit]
        self._pending.update({key: (hint, now + timedelta(seconds=seconds)) for key, hint in free})
        return dict(free)

    async def settle(self, outcomes: Mapping[HintKey, HintOutcome]) -> None:
        """Write what came of hints that were taken."""
        for key in outcomes:
            self._pending.pop(key, None)

    async def give_back(self, keys: Sequence[HintKey], seconds: int) -> None:
        """Let hints that were taken be taken again after some seconds."""
        until = self._now() + timedelta(seconds=seconds)
        self._pending.update({key: (self._pending[key][0], until) for key in keys if key in self._pending})
