"""The arithmetic of one organisation's budget, as pure functions of what was spent.

    minute   Xero counts a call somewhere between its beginning and its end. So a call counts from its beginning until
             61 seconds after its end, and no 60 seconds at Xero ever see more than 60, rolling or on the dot
    at once  a call under way counts until it is given back, or until it can't be under way any more
    day      what the last answer said, less what was begun since; without any answer yet, as if there were enough

Each lane leaves something to the one before it: bulk work never takes the last of the minute, the connections or the
day from what a person waits for. The headers correct us where others spent, too: a restart, a second deployment.
PostgreSQL does the same in `xerosync/postgres/queries/budgets`; both pass the same tests.

A budget in one process's memory: for a single worker, and for tests. Several workers share one in PostgreSQL.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tests.doubles import allowance
from xerosync.core.rate_limits import XERO_APP, Lane, Limits, Observed, Rate, Reservation, Share, Wait


class MemoryBudget:
    """Implements `Budget`. No awaiting between reading and writing, so every step is atomic."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        app: Rate = XERO_APP,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._limits = limits or Limits()
        self._app = app
        self._clock = clock
        self._spent: dict[str, Spent] = {}
        self._made_by_app: Mapping[int, int] = {}
        self._app_held_until = datetime.min.replace(tzinfo=UTC)
        self._ids = itertools.count()

    async def reserve(self, tenant_id: str, lane: Lane) -> Reservation | Wait:
        """Take one call of an organisation, or learn how long to wait."""
        now = self._clock()
        reservation = Reservation(tenant_id, str(next(self._ids)), now + self._limits.lapse)
        spent = self._spent.get(tenant_id, Spent())
        taken, wait = allowance.reserve(spent, reservation.id, lane, now, self._limits)
        if wait is None:
            wait = self._take_of_app(lane, now)
        if wait is not None:
            return wait
        self._spent[tenant_id] = taken
        return reservation

    async def release(
        self, reservation: Reservation, observed: Observed | None = None, *, unused: bool = False
    ) -> None:
        """End a call, with what its answer said."""
        now = self._clock()
        if observed is not None and not unused:
            observed = self._told_of_app(observed, now)
        spent = self._spent.get(reservation.tenant_id, Spent())
        self._spent[reservation.tenant_id] = allowance.release(
            spent, reservation, observed, now, self._limits, unused=unused
        )

    async def day_left(self, tenant_id: str) -> int | None:
        """Return how many calls of the day are left, as the last answers said."""
        return self._spent.get(tenant_id, Spent()).day_left

    def _take_of_app(self, lane: Lane, now: datetime) -> Wait | None:
        if self._app_held_until > now:
            return Wait(self._app_held_until - now)
        self._made_by_app, wait = allowance.take(self._app, self._made_by_app, lane, now)
        return wait

    def _told_of_app(self, observed: Observed, now: datetime) -> Observed:
        """Keep what an answer said of the app as a whole, and return what it said of the organisation."""
        if observed.remaining.app_minute is not None:
            self._made_by_app = allowance.counted(self._app, self._made_by_app, observed.remaining.app_minute, now)
        if observed.problem != "appminute":
            return observed
        self._app_held_until = max(self._app_held_until, now + (observed.hold or timedelta(0)))
        return replace(observed, problem=None)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Spent:
    """What an organisation has spent. Instants UTC.

    `ended` are the instants at which calls ended, oldest first, kept for two windows; `flights` the calls under way
    with the instant at which each was begun; `day_left` as of `day_seen_at`.
    """

    ended: tuple[datetime, ...] = ()
    flights: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    day_left: int | None = None
    day_seen_at: datetime | None = None
    held_until: datetime | None = None


def reserve(spent: Spent, reservation_id: str, lane: Lane, now: datetime, limits: Limits) -> tuple[Spent, Wait | None]:
    """Take one call at `now`; or take none and return how long to wait, with `spent` less what is over."""
    spent = _tidied(spent, now, limits)
    share = limits.shares[lane]
    wait = max(_waits(spent, share, now, limits), default=timedelta(0))
    if wait > timedelta(0):
        return spent, Wait(wait)
    taken = replace(
        spent,
        flights={**spent.flights, reservation_id: now},
        day_left=None if spent.day_left is None else spent.day_left - 1,
        # One probe at a time: the next one waits for this one's answer, or for as long again.
        day_seen_at=now if _day_is_spent(spent, share) else spent.day_seen_at,
    )
    return taken, None


def release(
    spent: Spent, reservation: Reservation, observed: Observed | None, now: datetime, limits: Limits, *, unused: bool
) -> Spent:
    """End a call, with what its answer said. One that has lapsed meanwhile has been counted already."""
    flights = {key: begun for key, begun in spent.flights.items() if key != reservation.id}
    lapsed = len(flights) == len(spent.flights)
    if unused:
        left = spent.day_left if lapsed or spent.day_left is None else spent.day_left + 1
        return replace(spent, flights=flights, day_left=left)
    begun = reservation.expires_at - limits.lapse
    after = replace(spent, flights=flights, ended=spent.ended if lapsed else (*spent.ended, now))
    if observed is None:
        return after
    day_left, day_seen_at = _day_left(spent, observed, begun, now, len(flights))
    hold = observed.hold
    return replace(
        after,
        ended=(*after.ended, *(now for _ in range(_unknown(spent, observed, begun, limits, len(flights))))),
        day_left=day_left,
        day_seen_at=day_seen_at,
        held_until=spent.held_until if hold is None else max(now + hold, spent.held_until or now),
    )


def take(rate: Rate, made: Mapping[int, int], lane: Lane, now: datetime) -> tuple[Mapping[int, int], Wait | None]:
    """Take one call of a rate; or take none and return how long to wait. `made` are calls by second since the epoch."""
    second, recent = _recent(rate, made, now)
    share = rate.shares[lane]
    lately = recent.get(second, 0) + recent.get(second - 1, 0)
    if sum(recent.values()) >= share.minute or lately >= share.two_seconds:
        return recent, Wait(_EPOCH + timedelta(seconds=second + 1) - now)
    return {**recent, second: recent.get(second, 0) + 1}, None


def counted(rate: Rate, made: Mapping[int, int], left: int, now: datetime) -> Mapping[int, int]:
    """Count the calls that the other side saw and we did not make, as if made just now."""
    second, recent = _recent(rate, made, now)
    unknown = rate.minute - left - sum(recent.values())
    return {**recent, second: recent.get(second, 0) + unknown} if unknown > 0 else recent


def _recent(rate: Rate, made: Mapping[int, int], now: datetime) -> tuple[int, dict[int, int]]:
    """Return the running second, and what still counts. A clock that was set back stands still."""
    second = max([(now - _EPOCH) // timedelta(seconds=1), *made])
    return second, {at: calls for at, calls in made.items() if at > second - rate.seconds}


def _waits(spent: Spent, share: Share, now: datetime, limits: Limits) -> Iterator[timedelta]:
    """Yield what there is to wait for; what is not above zero is no wait."""
    if spent.held_until is not None:
        yield spent.held_until - now
    if _day_is_spent(spent, share) and spent.day_seen_at is not None:
        yield spent.day_seen_at + limits.probe - now
    # The last call but so many must have left the window.
    over = len(spent.ended) + len(spent.flights) - share.minute
    if 0 <= over < len(spent.ended):
        yield spent.ended[over] + limits.window - now
    if len(spent.flights) >= min(share.at_once, share.minute):
        yield limits.look_again


def _day_is_spent(spent: Spent, share: Share) -> bool:
    return spent.day_left is not None and spent.day_left <= share.day_left


def _tidied(spent: Spent, now: datetime, limits: Limits) -> Spent:
    """Drop what no longer counts; a call that lapsed may have been counted by Xero until then."""
    lapsed = [begun + limits.lapse for begun in spent.flights.values() if begun + limits.lapse <= now]
    return replace(
        spent,
        ended=tuple(sorted(at for at in (*spent.ended, *lapsed) if at > now - 2 * limits.window)),
        flights={key: begun for key, begun in spent.flights.items() if begun + limits.lapse > now},
    )


def _unknown(spent: Spent, observed: Observed, begun: datetime, limits: Limits, others: int) -> int:
    """Return how many calls Xero saw that we did not make. Those under way may be among them, so they are ours."""
    if observed.remaining.minute is None:
        return 0
    ours = sum(1 for at in spent.ended if at > begun - limits.window) + others + 1
    return max(0, limits.minute - observed.remaining.minute - ours)


def _day_left(
    spent: Spent, observed: Observed, begun: datetime, now: datetime, others: int
) -> tuple[int | None, datetime | None]:
    """Return what is left of the day, and as of when.

    Calls that this answer may know nothing of, for they were under way or begun after it, make the least that can be
    left; what we knew stands where it is between that and what the answer says.
    """
    said, known = observed.remaining.day, spent.day_left
    if said is None:
        return known, spent.day_seen_at
    least = said - others - sum(1 for at in spent.ended if at >= begun)
    return (least if known is None else min(max(known, least), said)), now
