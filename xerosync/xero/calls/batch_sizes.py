"""How large a batch may be that holds an item whose last batch failed.

    Xero refused the batch          50, 7, 1: a refusal comes at once, so few steps find the item that caused it
    it may have been the network    50, 25, 12, …: an outage must not leave every item with a call of its own

Kept in the memory of this process: another worker learns the same from the same failures.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from xerosync.core.clock import seconds

_REFUSAL_DIVISOR = 7
_OUTAGE_DIVISOR = 2
_KEPT_SECONDS = timedelta(hours=1).total_seconds()
_MAX_KEYS = 20_000


class BatchSizes:
    """The largest batch for each key, kept for an hour."""

    def __init__(self, *, clock: Callable[[], float] = seconds) -> None:
        self._clock = clock
        self._most: dict[str, tuple[int, float]] = {}

    def most(self, key: str, default: int) -> int:
        """Return the size of the largest batch that may hold an item."""
        most, until = self._most.get(key, (default, 0.0))
        return min(most, default) if until >= self._clock() else default

    def shrink(self, keys: Sequence[str], *, is_refusal: bool) -> None:
        """Make the batches smaller that hold the items of a failed batch."""
        most = max(1, len(keys) // (_REFUSAL_DIVISOR if is_refusal else _OUTAGE_DIVISOR))
        if len(self._most) + len(keys) > _MAX_KEYS:
            self._most.clear()
        until = self._clock() + _KEPT_SECONDS
        self._most.update((key, (most, until)) for key in keys)

    def reset(self, key: str) -> None:
        """Forget an item that Xero answered."""
        self._most.pop(key, None)
