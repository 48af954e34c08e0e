"""The arithmetic of one organisation's budget, as pure functions of what was spent.

    minute   no 61 seconds see more than 60 calls: a second longer than Xero's window, for calls under way
    at once  a call under way counts until it is given back, or until it can't be under way any more
    day      what the last answer said, less what was begun since; without any answer yet, as if there were enough

Each lane leaves something to the one before it: bulk work never takes the last of the minute, the connections or the
day from what a person waits for. The headers correct us where others spent, too: a restart, a second deployment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from xerosync.xero.budget import Lane, Observed, Reservation, Wait

_LOOK_AGAIN = timedelta(milliseconds=250)
"""When all connections are taken: calls last about this long."""

_PROBE = timedelta(minutes=30)
"""How often a lane that has used up its day asks whether there is a new one: the day rolls, nobody tells."""

_DAY_JUMP = 10
"""A day that has grown by more than this since is taken at its word; by less, answers only came out of order."""

_WAIT_UNTOLD: Mapping[str, timedelta] = {
    "concurrent": timedelta(seconds=1),
    "minute": timedelta(seconds=10),
    "appminute": timedelta(seconds=10),
    "day": timedelta(hours=1),
}
"""How long a 429 without Retry-After holds back; Xero leaves it out for `concurrent`."""


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
    lapse: timedelta = timedelta(seconds=75)
    """No call is under way for longer: waiting for a token, and 30 seconds twice over."""
    shares: Mapping[Lane, Share] = field(
        default_factory=lambda: {
            Lane.LIVE: Share(at_once=5, minute=60, day_left=0),
            Lane.SWEEP: Share(at_once=4, minute=56, day_left=50),
            Lane.BULK: Share(at_once=3, minute=50, day_left=300),
        }
    )


@dataclass(frozen=True, slots=True)
class Spent:
    """What an organisation has spent. Instants UTC.

    `calls` are the instants at which calls were begun, oldest first, kept for two windows; `flights` the calls
    under way with the instant at which each lapses; `day_left` as of `day_seen_at`.
    """

    calls: tuple[datetime, ...] = ()
    flights: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    day_left: int | None = None
    day_seen_at: datetime | None = None
    held_until: datetime | None = None


def reserve(spent: Spent, reservation_id: str, lane: Lane, now: datetime, limits: Limits) -> tuple[Spent, Wait | None]:
    """Take one call at `now`; or take none and return how long to wait, with `spent` less what is over."""
    spent = _tidied(spent, now, limits)
    share = limits.shares[lane]
    if spent.held_until is not None:
        return spent, Wait(spent.held_until - now)
    day_is_spent = spent.day_left is not None and spent.day_left <= share.day_left
    if day_is_spent and spent.day_seen_at is not None and now < spent.day_seen_at + _PROBE:
        return spent, Wait(spent.day_seen_at + _PROBE - now)
    recent = [at for at in spent.calls if at > now - limits.window]
    if len(recent) >= share.minute:
        return spent, Wait(recent[-share.minute] + limits.window - now)
    if len(spent.flights) >= share.at_once:
        return spent, Wait(_LOOK_AGAIN)
    taken = replace(
        spent,
        calls=(*spent.calls, now),
        flights={**spent.flights, reservation_id: now + limits.lapse},
        day_left=None if spent.day_left is None else max(0, spent.day_left - 1),
        # One probe at a time: the next one waits for this one's answer, or for as long again.
        day_seen_at=now if day_is_spent else spent.day_seen_at,
    )
    return taken, None


def release(
    spent: Spent, reservation: Reservation, observed: Observed | None, now: datetime, limits: Limits, *, unused: bool
) -> Spent:
    """End a call, with what its answer told."""
    flights = {key: expiry for key, expiry in spent.flights.items() if key != reservation.id}
    spent = replace(spent, flights=flights)
    if unused:
        begun = reservation.expires_at - limits.lapse
        at = next((index for index, instant in enumerate(spent.calls) if instant == begun), None)
        calls = spent.calls if at is None else (*spent.calls[:at], *spent.calls[at + 1 :])
        return replace(spent, calls=calls, day_left=None if spent.day_left is None else spent.day_left + 1)
    if observed is None:
        return spent
    return _held(_day_told(_minute_told(spent, observed, now, limits), observed, now), observed, now)


def hold_of(observed: Observed) -> timedelta | None:
    """Return for how long a 429 holds back; None where the answer was none."""
    if observed.problem is None:
        return None
    return observed.retry_after or _WAIT_UNTOLD.get(observed.problem, _WAIT_UNTOLD["minute"])


def _tidied(spent: Spent, now: datetime, limits: Limits) -> Spent:
    """Drop what no longer counts."""
    return replace(
        spent,
        calls=tuple(at for at in spent.calls if at > now - 2 * limits.window),
        flights={key: expiry for key, expiry in spent.flights.items() if expiry > now},
        held_until=spent.held_until if spent.held_until is not None and spent.held_until > now else None,
    )


def _minute_told(spent: Spent, observed: Observed, now: datetime, limits: Limits) -> Spent:
    """Count the calls that Xero saw and we did not make, as if made just now."""
    if observed.remaining.minute is None:
        return spent
    ours = sum(1 for at in spent.calls if at > observed.asked_at - limits.window)
    unknown = limits.minute - observed.remaining.minute - ours
    return replace(spent, calls=(*spent.calls, *(now for _ in range(unknown)))) if unknown > 0 else spent


def _day_told(spent: Spent, observed: Observed, now: datetime) -> Spent:
    told, known = observed.remaining.day, spent.day_left
    if told is None:
        return spent
    trusted = known is None or told < known or told > known + _DAY_JUMP
    return replace(spent, day_left=told if trusted else known, day_seen_at=now)


def _held(spent: Spent, observed: Observed, now: datetime) -> Spent:
    hold = hold_of(observed)
    if hold is None:
        return spent
    until = now + hold
    return replace(spent, held_until=max(until, spent.held_until or until))
