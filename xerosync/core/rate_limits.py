"""Whose turn it is to call, and what may be called: the words that gateways, clients and the store share.

Two measures. An organisation of Xero has `Limits`: 60 calls in any minute, 5 at once, 5,000 (or 1,000) a day, counted
call by call. What many share at high rates, Xero's 10,000 a minute for the app and Sequence's 1,500 for a key, is a
`Rate`, counted second by second. In both each lane has its share.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

_WAIT_UNREPORTED: Mapping[str, timedelta] = {
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

    The instant is of the budget's clock, which need not be the worker's: give it back, never compare it.
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
    """What is left of the limits, as the `X-…-Remaining` headers of an answer say; None where one is absent."""

    minute: int | None = None
    day: int | None = None
    app_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """What an answer said about the limits; only a 429 names a problem."""

    remaining: Remaining
    problem: str | None = None
    retry_after: timedelta | None = None

    @property
    def hold(self) -> timedelta | None:
        """For how long a 429 holds back; None where the answer was none."""
        if self.problem is None:
            return None
        return self.retry_after or _WAIT_UNREPORTED.get(self.problem, _WAIT_UNREPORTED["minute"])


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
    """No call is under way for longer: 30 seconds of waiting for a token, 30 for Xero, and some to spare."""
    look_again: timedelta = timedelta(milliseconds=250)
    """When all connections are taken: calls last about this long."""
    probe: timedelta = timedelta(minutes=30)
    """How often a lane that has used up its day asks whether there is a new one, which nothing announces."""
    shares: Mapping[Lane, Share] = field(
        default_factory=lambda: {
            Lane.LIVE: Share(at_once=5, minute=60, day_left=0),
            Lane.SWEEP: Share(at_once=4, minute=56, day_left=50),
            Lane.BULK: Share(at_once=3, minute=50, day_left=300),
        }
    )

    @classmethod
    def of(cls, call_timeout: timedelta) -> "Limits":
        """Return Xero's limits where each of a call's two waits takes so long at most."""
        return cls(lapse=2 * call_timeout + timedelta(seconds=15))


@dataclass(frozen=True, slots=True)
class RateShare:
    """What a lane may take: of the minute, and of any two seconds, so that bulk work flows instead of gushing."""

    minute: int
    two_seconds: int


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls a minute for many callers, and each lane's share of them."""

    minute: int
    """What the other side allows."""
    shares: Mapping[Lane, RateShare]
    seconds: int = 63
    """How many seconds count, the running one among them. So a call counts for at least 62: some are slow to arrive."""


XERO_APP = Rate(
    10_000,
    {
        Lane.LIVE: RateShare(minute=9_900, two_seconds=9_900),
        Lane.SWEEP: RateShare(minute=9_700, two_seconds=9_700),
        Lane.BULK: RateShare(minute=9_500, two_seconds=9_500),
    },
)
"""All organisations of the app at Xero together."""

SEQUENCE_KEY = Rate(
    1_500,
    {
        Lane.LIVE: RateShare(minute=1_490, two_seconds=1_490),
        Lane.SWEEP: RateShare(minute=1_460, two_seconds=200),
        Lane.BULK: RateShare(minute=1_430, two_seconds=46),
    },
)
"""One key of Sequence. A backfill makes 1,370 requests in 60 seconds at the most."""
