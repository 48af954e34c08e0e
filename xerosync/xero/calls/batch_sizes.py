"""In how large a company a document may travel, after a batch that it was in has failed.

A refusal that comes at once parts widely: 50, 7, alone. What may as well have been the network halves: 50, 25, 12, …
so that an outage does not leave every document to a call of its own. Kept in this process's memory: another worker
comes to the same by the same failures.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

_WIDELY = 7
_HALF = 2
_REMEMBERED = timedelta(hours=1).total_seconds()
_MOST = 20_000


class BatchSizes:
    """Remembers, by key and for an hour, how many may travel together."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._most: dict[str, tuple[int, float]] = {}

    def most(self, key: str, default: int) -> int:
        """Return the largest batch that a document may be part of."""
        if not self._most:
            return default
        known = self._most.get(key)
        if known is None or known[1] < self._clock():
            return default
        return min(known[0], default)

    def part(self, keys: Sequence[str], *, widely: bool) -> None:
        """Make the members of a failed batch travel in smaller ones."""
        most = max(1, len(keys) // (_WIDELY if widely else _HALF))
        if len(self._most) + len(keys) > _MOST:
            self._most.clear()
        until = self._clock() + _REMEMBERED
        self._most.update((key, (most, until)) for key in keys)

    def welcome(self, key: str) -> None:
        """Forget a document whose call went through."""
        self._most.pop(key, None)
