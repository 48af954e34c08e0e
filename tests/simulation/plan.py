"""Which run is played: a seed, whose documents, and which faults. A failing one is shortened by leaving some out."""

from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """A sort of fault that a run may leave out."""

    CALLS = "calls that fail"
    CREATES = "creates whose answer is lost"
    SLOW = "slow calls"
    NOT_FOUND = "lists that answer 404"
    LOST = "lost signals"
    DOUBLED = "doubled signals"
    LATE = "late signals"
    EARLY = "signals before what they tell of"
    DEATHS = "deaths of workers"
    BURSTS = "minutes in which nearly every call fails"
    LOCK = "locked books"
    LATE_LINK = "a customer linked late"
    SKEW = "clocks apart"


@dataclass(frozen=True, slots=True)
class Plan:
    """A run. `documents` are the places of those that are played; the others of the seed are left out."""

    seed: int
    documents: tuple[int, ...]
    days: int = 5
    faults: frozenset[Fault] = field(default_factory=lambda: frozenset(Fault))

    @classmethod
    def of(cls, seed: int, documents: int, days: int = 5) -> "Plan":
        """Return the whole run of a seed."""
        return cls(seed, tuple(range(1, documents + 1)), days)
