"""How far apart an account's sweeps of Xero may be while Xero's webhook announces changes. Pure.

    echoes of our writes arrive, or events of what people do; and a person's
    "marked as sent" was announced ──▶ twice as far, up to six hours
    a gap between events, one that can't be read, a write of ours without its echo ──▶ as the connection says
    a sweep finds what no webhook announced ──▶ as the connection says, and so for a week

It is not published for which edits Xero sends an event. So nothing is spread before the webhook has been seen to
announce what a person marked as sent, and one such edit that it does not announce takes that back.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime

from xerosync.core.base import TolerantMessage

LONGEST = timedelta(hours=6)

TRUSTED_FOR = timedelta(days=3)
"""How long the last echo or event shows that the webhook works: over a weekend in which nobody does anything."""

NO_SPREADING = timedelta(days=7)
"""How long nothing is spread after a sweep found what no webhook had announced."""

_EARLY = 0.1
"""A tick of the Schedule may come early by so much of the usual interval: Schedules spread them."""


class SpacingReason(StrEnum):
    """Why an account's sweeps are as far apart as they are."""

    NEVER_ECHOED = "never_echoed"
    SENT_NEVER_ANNOUNCED = "sent_never_announced"
    ANNOUNCED = "announced"
    GAP = "gap"
    SILENT = "silent"
    QUIET = "quiet"
    UNANNOUNCED = "unannounced"


class Spacing(TolerantMessage):
    """How far apart the sweeps of an account are: `usual`, doubled so many times, `since` when and why.

    `judged_until`: of writes of ours until then it is known whether they were echoed. `echoed_at` is when the last echo
    was noticed, `announced_at` when the webhook last announced what somebody else did; None: it never did.
    `sent_announced_at` is when that last was what a person marked as sent; None: it never was, or was not once since.
    `unannounced_at` is when a sweep last found what was not announced. All instants are UTC.
    """

    usual: timedelta
    doublings: int = 0
    reason: SpacingReason = SpacingReason.NEVER_ECHOED
    since: AwareDatetime
    judged_until: AwareDatetime
    echoed_at: AwareDatetime | None = None
    announced_at: AwareDatetime | None = None
    sent_announced_at: AwareDatetime | None = None
    unannounced_at: AwareDatetime | None = None

    @classmethod
    def first(cls, usual: timedelta, now: datetime) -> "Spacing":
        """Return the spacing of an account of which nothing is known at an instant (UTC)."""
        return cls(usual=usual, since=now, judged_until=now)

    @property
    def interval(self) -> timedelta:
        """How far apart sweeps are."""
        return max(self.usual, min(self.usual * 2**self.doublings, LONGEST))

    @property
    def heard_at(self) -> datetime | None:
        """When (UTC) the webhook last announced anything; None: it never announced a write of ours."""
        return max(self.echoed_at, self.announced_at or self.echoed_at) if self.echoed_at else None

    def rests_until(self, last_began: datetime) -> datetime:
        """Return until when (UTC) sweeps rest after the last one began; before that nothing is due."""
        return last_began + self.interval - self.usual * _EARLY if self.doublings else last_began


class SweepEvidence(NamedTuple):
    """What a sweep learnt of Xero's webhook.

    Of our writes so many were echoed, and so many not in time. `announced` counts the documents of which events named
    what others did, `gaps` the events that are missing or can't be read, `unannounced` the changes that a sweep found
    and no event had named. `sent_announced` and `sent_unannounced`: a person had marked a document as sent, and the
    webhook had announced it or had not.
    """

    echoes: int = 0
    silent: int = 0
    announced: int = 0
    gaps: int = 0
    unannounced: int = 0
    sent_announced: bool = False
    sent_unannounced: bool = False


def next_spacing(before: Spacing, seen: SweepEvidence, now: datetime) -> Spacing:
    """Return the spacing after a sweep that ended at an instant (UTC)."""
    after = before.model_copy(
        update={
            "echoed_at": now if seen.echoes else before.echoed_at,
            "announced_at": now if seen.announced else before.announced_at,
            "sent_announced_at": _sent_announced_at(before, seen, now),
            "unannounced_at": now if seen.unannounced else before.unannounced_at,
        }
    )
    if bad := _why_not(after, seen, now):
        return _changed(after, 0, bad, now)
    may_double = after.interval < LONGEST and now - after.since >= after.interval
    if may_double and after.heard_at and after.heard_at > after.since:
        return _changed(after, after.doublings + 1, SpacingReason.ANNOUNCED, now)
    return after if after.doublings else _changed(after, 0, SpacingReason.ANNOUNCED, now)


def _sent_announced_at(before: Spacing, seen: SweepEvidence, now: datetime) -> datetime | None:
    if seen.sent_unannounced:
        return None
    return now if seen.sent_announced else before.sent_announced_at


def _why_not(after: Spacing, seen: SweepEvidence, now: datetime) -> SpacingReason | None:
    """Return why nothing may be spread now; None: nothing speaks against it."""
    if after.heard_at is None:
        return SpacingReason.NEVER_ECHOED
    if after.unannounced_at and now - after.unannounced_at < NO_SPREADING:
        return SpacingReason.UNANNOUNCED
    if seen.gaps:
        return SpacingReason.GAP
    if seen.silent:
        return SpacingReason.SILENT
    if now - after.heard_at > TRUSTED_FOR:
        return SpacingReason.QUIET
    if after.sent_announced_at is None:
        return SpacingReason.SENT_NEVER_ANNOUNCED
    return None


def _changed(spacing: Spacing, doublings: int, reason: SpacingReason, now: datetime) -> Spacing:
    """Return it with another number of doublings, or the same for another reason; only the first begins anew."""
    is_other = doublings != spacing.doublings or spacing.reason is not reason
    return spacing.model_copy(
        update={"doublings": doublings, "reason": reason, "since": now if is_other else spacing.since}
    )


_WHY = {
    SpacingReason.NEVER_ECHOED: "Xero's webhook has not announced a write of ours yet",
    SpacingReason.SENT_NEVER_ANNOUNCED: (
        "Xero's webhook works, but has not announced yet that a person marked a document as sent"
    ),
    SpacingReason.ANNOUNCED: "Xero's webhook announces our writes and what people mark as sent",
    SpacingReason.GAP: "Xero's webhook was off, or events of it were missing or could not be read",
    SpacingReason.SILENT: "Xero's webhook did not announce a write of ours",
    SpacingReason.QUIET: "Xero's webhook announced nothing for three days",
    SpacingReason.UNANNOUNCED: "a sweep found a change that Xero's webhook had not announced; so for a week",
}


def spacing_words(spacing: Spacing | None) -> str:
    """Return in a sentence how often Xero is asked for changes, and why; None: it was not asked yet."""
    if spacing is None:
        return "Xero was not asked for changes yet."
    return f"Xero is asked every {_words_of(spacing.interval)} for changes: {_WHY[spacing.reason]}."


def _words_of(interval: timedelta) -> str:
    seconds = int(interval.total_seconds())
    for unit, length in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds % length == 0:
            number = seconds // length
            return unit if number == 1 else f"{number} {unit}s"
    raise AssertionError("an interval is a whole number of seconds")
