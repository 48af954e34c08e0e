"""The inbox of webhooks in memory: what `PostgresInbox` does, and what sweeps read of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from xerosync.core.hints import Delivery, Hint, HintAct, HintKey, HintOutcome, Kept, Provider
from xerosync.documents.ports import Announcement
from xerosync.postgres.inbox import ECHO_SECONDS


class MemoryInbox:
    """Where hints wait. No method gives way to another task half-way, so each is one transaction."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: set[HintKey] = set()
        self._pending: dict[HintKey, tuple[Hint, datetime]] = {}
        self._last_event: int | None = None
        self._announced: dict[HintKey, Hint] = {}
        self._named_at: dict[tuple[str, str], datetime] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is pending."""
        return not self._pending

    async def add(self, delivery: Delivery) -> Kept:
        """Keep the hints of a delivery; of one that was kept before nothing is news."""
        has_gap = self._is_behind_a_gap(delivery)
        hints = (*delivery.hints, *(delivery.after_gap if has_gap else ()))
        keys = [HintKey(delivery.provider, delivery.digest, place) for place in range(len(hints))]
        news = [(key, hint) for key, hint in zip(keys, hints, strict=True) if key not in self._known]
        self._known.update(key for key, _ in news)
        now = self._now()
        pending = {
            key: (hint, now + timedelta(seconds=ECHO_SECONDS) if hint.happened_at else now)
            for key, hint in news
            if hint.act is not HintAct.NOTHING
        }
        self._pending.update(pending)
        if delivery.provider is Provider.XERO:
            self._announced.update((key, hint) for key, hint in news if hint.act is HintAct.SWEEP)
            self._named_at.update(((hint.account_id, hint.resource_id), now) for _, hint in news)
        return Kept(is_pending=bool(pending), has_gap=has_gap)

    def _is_behind_a_gap(self, delivery: Delivery) -> bool:
        """Whether events are missing between the deliveries before and this one, whose numbers count from now on."""
        numbers, before = delivery.numbers, self._last_event
        if numbers is None:
            return False
        self._last_event = max(numbers.last, before or 0)
        return before is not None and numbers.first > before + 1

    async def claim(self, seconds: int, limit: int) -> Mapping[HintKey, Hint]:
        """Take the oldest pending hints for some seconds; nobody else gets them meanwhile."""
        now = self._now()
        free = [(key, hint) for key, (hint, until) in self._pending.items() if until <= now][:limit]
        self._pending.update({key: (hint, now + timedelta(seconds=seconds)) for key, hint in free})
        return dict(free)

    async def settle(self, outcomes: Mapping[HintKey, HintOutcome]) -> None:
        """Write what came of hints that were taken."""
        for key, outcome in outcomes.items():
            self._pending.pop(key, None)
            if outcome is HintOutcome.DROPPED:
                self._announced.pop(key, None)

    async def give_back(self, keys: Sequence[HintKey], seconds: int) -> None:
        """Let hints that were taken be taken again after some seconds."""
        until = self._now() + timedelta(seconds=seconds)
        self._pending.update({key: (self._pending[key][0], until) for key in keys if key in self._pending})

    def announced(self, account_id: str) -> Sequence[Announcement]:
        """Return what Xero's webhook announced of an account that no sweep has looked at yet."""
        return [
            Announcement(key.digest, key.place, hint.type, hint.resource_id)
            for key, hint in self._announced.items()
            if hint.account_id == account_id
        ]

    def swept(self, announced: Sequence[Announcement]) -> None:
        """Keep that a sweep has looked at these."""
        for each in announced:
            self._announced.pop(HintKey(Provider.XERO, each.digest, each.place), None)

    def named_at(self, account_id: str, xero_id: str) -> datetime | None:
        """Return when Xero's webhook last named a document (UTC)."""
        return self._named_at.get((account_id, xero_id))
