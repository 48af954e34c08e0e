"""Whose turn it is to call, and what may be called: the words that gateways, clients and the store share.

Two measures. An organisation of Xero has a `Spent` row of its own with `Limits`: 60 calls in any minute, 5 at once,
5,000 (or 1,000) a day, each lane with its share. What many share at high rates, Xero's 10,000 a minute for the app and
Sequence's 1,500 for a key, is a `Pace`: so many a second, and a reserve that may be drawn at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

_WAIT_UNTOLD: Mapping[str, timedelta] = {
    "concurrent": timedelta(seconds=1),
    "minute": timedelta(seconds=10),
    "appminute": timedelta(seconds=10),
    "day": timedelta(hours=1),
}
"""How long a 429 without Retry-After holds back; Xero leaves it out for `concurrent`."""


class Lane(StrEnum):
    """Who goes first: what a person or an event waits for, then sweeps, then bulk work."""

    LIVE = "live"
    SWEEP = "sweep"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Reservation:
    """One call that may be made now. It lapses at `expires_at` should its worker die with it.

    The instant is told by the budget's clock, which need not be the worker's: give it back, never compare it.
    """

    tenant_id: str
    id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """No call may be made now; it is worth asking again after `delay`."""

    delay: timedelta


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of the limits, as the `X-…-Remaining` headers of an answer tell; None where one is absent."""

    minute: int | None = None
    day: int | None = None
    app_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """What an answer told about the limits; only a 429 names a problem."""

    remaining: Remaining
    problem: str | None = None
    retry_after: timedelta | None = None

    @property
    def hold(self) -> timedelta | None:
        """For how long a 429 holds back; None where the answer was none."""
        if self.problem is None:
            return None
        return self.retry_after or _WAIT_UNTOLD.get(self.problem, _WAIT_UNTOLD["minute"])


@dataclass(frozen=True, slots=True)
class Share:
    """What a lane may take: calls at once, calls in the minute, and what it leaves of the day."""

    at_once: int
    minute: int
    day_left: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Xero's limits of an organisation, and each lane's share of them."""

    minute: int = 60
    window: timedelta = timedelta(seconds=61)
    """How long a call counts after it has ended: a second longer than Xero's own minute."""
    lapse: timedelta = timedelta(seconds=75)
    """No call is under way for longer: waiting for a token, and 30 seconds twice over."""
    look_again: timedelta = timedelta(milliseconds=250)
    """When all connections are taken: calls last about this long."""
    probe: timedelta = timedelta(minutes=30)
    """How often a lane that has used up its day asks whether there is a new one: the day rolls, nobody tells."""
    shares: Mapping[Lane, Share] = field(
        default_factory=lambda: {
            Lane.LIVE: Share(at_once=5, minute=60, day_left=0),
            Lane.SWEEP: Share(at_once=4, minute=56, day_left=50),
            Lane.BULK: Share(at_once=3, minute=50, day_left=300),
        }
    )


@dataclass(frozen=True, slots=True)
class Pace:
    """So many calls a second for long, and a lane's `at_once` on top of that after a rest.

    No span of t seconds ever sees more than at_once + t * per_second calls, whether the other side's minute rolls or
    begins on the dot. A lane with a smaller `at_once` waits while one with a larger still goes.
    """

    per_second: int
    at_once: Mapping[Lane, int]

    @property
    def interval(self) -> timedelta:
        """The time that one call takes up."""
        return timedelta(seconds=1) / self.per_second

    def lead(self, lane: Lane) -> timedelta:
        """How far ahead of the clock a lane's calls may run."""
        return self.at_once[lane] * self.interval

    def behind(self, left: int) -> timedelta:
        """How far ahead of the clock we are, as the other side has it that says so many are left."""
        return max(timedelta(0), (max(self.at_once.values()) - left) * self.interval)


XERO_APP = Pace(per_second=150, at_once={Lane.LIVE: 500, Lane.SWEEP: 400, Lane.BULK: 300})
"""Of Xero's 10,000 a minute for an app, at most 9,500: the rest is for calls that take a while to get there."""

SEQUENCE_KEY = Pace(per_second=23, at_once={Lane.LIVE: 80, Lane.SWEEP: 60, Lane.BULK: 40})
"""Of Sequence's 1,500 requests a minute for a key, at most 1,460: the rest is for requests that wait on their way."""
