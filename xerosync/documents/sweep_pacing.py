"""How often an organisation is swept as the calls of its day run out. Pure.

    calls left of the day    500 or more   under 500   under 300   under 200   under 100
    between two sweeps       the interval  30 minutes  1 hour      2 hours     4 hours

A sweep in the rule takes two calls. Below 300 bulk work rests; what is left then is for people and for what they wait
for. A sweep never rests for good, since it is by its answers that a new day is noticed.
"""

from datetime import datetime, timedelta

_RESTS = (
    (100, timedelta(hours=4)),
    (200, timedelta(hours=2)),
    (300, timedelta(hours=1)),
    (500, timedelta(minutes=30)),
)
"""With fewer calls left than that, sweeps begin so far apart."""

_EARLY = 0.1
"""A tick may come early by so much of the rest: Schedules spread them."""


def rests_until(day_left: int | None, last_began: datetime | None) -> datetime | None:
    """Return until when (UTC) sweeps rest after the last one began; None: the next may begin now or whenever it likes.

    Nothing rests before the first sweep, or while nobody knows what is left of the day.
    """
    if day_left is None or last_began is None:
        return None
    rest = next((rest for fewer, rest in _RESTS if day_left < fewer), None)
    return last_began + rest * (1 - _EARLY) if rest else None
