"""Shorten a plan that fails: leave out documents and faults as long as the same is still violated.

The run ends at the first violation, so the shortest plan also gives the shortest beginning that fails.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.simulation.plan import Plan

T = TypeVar("T")

Fails = Callable[[Plan], bool]
"""Whether a plan still fails alike."""


def shrink(plan: Plan, fails: Fails, *, at_most: int = 200) -> Plan:
    """Return the smallest plan that was found to fail, after that many runs at most.

    Faults first: each that is left out makes the rest easier to read. Then documents: half of them, a quarter,
    and in the end one by one (delta debugging).
    """
    left = at_most

    def still(candidate: Plan) -> bool:
        nonlocal left
        left -= 1
        return left >= 0 and fails(candidate)

    for fault in sorted(plan.faults):
        without = replace(plan, faults=plan.faults - {fault})
        if still(without):
            plan = without
    documents = minimal(plan.documents, lambda kept: still(replace(plan, documents=tuple(kept))))
    return replace(plan, documents=tuple(documents))


def minimal(items: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """Return the fewest items, in their order, that still fail: no single one of them can be left out."""
    parts = 2
    while len(items) > 1:
        size = -(-len(items) // parts)
        pieces = [items[start : start + size] for start in range(0, len(items), size)]
        smaller = _smaller(pieces, fails)
        if smaller is not None:
            # Of one piece alone nothing is known yet: it is halved. What is left of several is cut as finely as before.
            parts = 2 if smaller in pieces else max(parts - 1, 2)
            items = smaller
        elif size == 1:
            return items
        else:
            parts = min(2 * parts, len(items))
    return items


def _smaller(pieces: Sequence[Sequence[T]], fails: Callable[[Sequence[T]], bool]) -> Sequence[T] | None:
    """Return a piece that fails alone, else all but one of them; None: all are needed."""
    for piece in pieces:
        if fails(piece):
            return piece
    for place in range(len(pieces)) if len(pieces) > 2 else ():
        rest = [item for each, piece in enumerate(pieces) if each != place for item in piece]
        if fails(rest):
            return rest
    return None
