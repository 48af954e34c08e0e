"""Limits a flood of requests, by key, in constant memory. In one process: copies of the edge count apart."""

from collections import OrderedDict
from collections.abc import Callable

from xerosync.core.clock import seconds

MOST_KEYS = 4_096
"""Keys that are remembered; the one not seen for longest is forgotten first, and begins with a full bucket again."""


class FloodLimit:
    """A token bucket for each key: `burst` requests at once, `per_second` in the long run."""

    def __init__(self, per_second: float, burst: float, *, clock: Callable[[], float] = seconds) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admits(self, key: str) -> bool:
        """Tell whether a request is within the limit, and count it if it is."""
        now = self._clock()
        left, at = self._buckets.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        is_admitted = left >= 1
        self._buckets[key] = (left - 1 if is_admitted else left, now)
        if len(self._buckets) > MOST_KEYS:
            self._buckets.popitem(last=False)
        return is_admitted
