"""Which run is played: a seed, whose documents, and which faults; and what it ended with.

A failing one is shortened by leaving some out.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum


class Fault(StrEnum):
    """A sort of fault that a run may leave out."""

    CALLS = "calls that fail"
    CREATES = "creates whose answer is lost"
    SLOW = "slow calls"
    LATE_ANSWERS = "late answers to what was done"
    NOT_FOUND = "lists that answer 404"
    LOST = "lost signals"
    DOUBLED = "doubled signals"
    LATE = "late signals"
    WEBHOOKS = "webhooks of Sequence instead of signals"
    FORGED = "forged webhooks"
    UNANNOUNCED = "webhooks of Xero that never come"
    EARLY = "signals before what they tell of"
    DEATHS = "deaths of workers"
    OUTAGE = "times in which Sequence hardly answers"
    BURSTS = "minutes in which nearly every call fails"
    RESTORED = "a store restored to an hour ago"
    LOCK = "locked books"
    LATE_LINK = "a customer linked late"
    SKEW = "clocks apart"


@dataclass(frozen=True, slots=True)
class Plan:
    """A run. `documents` are the places of those that are played; the others of the seed are left out.

    With `traced` each step is kept; that is no part of what is played.
    """

    seed: int
    documents: tuple[int, ...]
    days: int = 5
    faults: frozenset[Fault] = field(default_factory=lambda: frozenset(Fault))
    traced: bool = False

    def with_faults(self, faults: frozenset[Fault] | None = None, *, traced: bool) -> "Plan":
        """Return the plan with these faults, or those that it has."""
        return replace(self, faults=self.faults if faults is None else faults, traced=traced)

    @classmethod
    def of(cls, seed: int, documents: int, days: int = 5) -> "Plan":
        """Return the whole run of a seed."""
        return cls(seed, tuple(range(1, documents + 1)), days)


@dataclass
class Result:
    """What a run ended with. All but `seconds` repeats with the plan; `trace` is kept where it was asked for."""

    plan: Plan
    steps: int = 0
    digest: str = ""
    trace: list[str] = field(default_factory=list[str])
    violation: str | None = None
    held: int = 0
    sent: int = 0
    paid: int = 0
    calls: int = 0
    deaths: int = 0
    seconds: float = 0.0
    """Of a processor that the run took."""
