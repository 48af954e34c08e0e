"""How calls to both companies fail in a run: rules for the stand-ins' own faults."""

import random
from collections.abc import Callable

from standins.faults import FaultRule
from tests.simulation.plan import Fault, Plan
from tests.simulation.world import World

_CALL_FAULTS = ("drop_before", "drop_after", "server_error", "malformed", "truncated", "rate_minute", "maintenance")
_FAULTY = 0.01
_LOST = 0.1

LATE_ANSWERS = 0.5
"""How often an answer to what was done comes late."""

_LATE_REPORT = 20.0
"""Seconds until a report of a payment that is late arrives in Sequence, not given up yet."""

_SLOWEST = 34.0
"""Seconds; a call is given up after thirty."""

_LATE_CREATE = 320.0
"""Seconds until a create that was given up happens after all. It may leave thirty seconds after its intent, so that is
350: the product takes for certain after 365 that a credit note which is not there never was."""


def _slow_once(draw: Callable[[str, str], list[FaultRule]]) -> Callable[[str, str], list[FaultRule]]:
    """Let a call be slow for one reason at a time: two would add up to more than the product can know of."""

    def drawn(method: str, path: str) -> list[FaultRule]:
        rules = draw(method, path)
        slow = [rule for rule in rules if rule.kind == "slow"]
        return [*slow[-1:], *(rule for rule in rules if rule.kind != "slow")] if len(slow) > 1 else rules

    return drawn


def begin_faults(world: World, plan: Plan, die: random.Random) -> None:
    """Let calls fail from now on, as the plan wants it."""
    wanted = plan.faults
    in_xero, in_sequence = world.xero.state.xero.faults, world.sequence.state.sequence.faults
    for path, faults in (("/api.xro", in_xero), ("/api/", in_sequence)):
        faults.reseed(plan.seed)
        faults.draw = _slow_once(faults.draw)
        if Fault.CALLS in wanted:
            for kind in _CALL_FAULTS:
                faults.add(kind, path=path, probability=_FAULTY)
        if Fault.SLOW in wanted:
            for seconds in (die.uniform(1, _SLOWEST) for _ in range(3)):
                faults.add("slow", path=path, probability=_FAULTY, seconds=seconds)
    if Fault.LATE_ANSWERS in wanted:
        # A report of a payment, under way or given up while the next one is due.
        for seconds in (_LATE_REPORT, _SLOWEST):
            in_sequence.add("slow", method="PUT", probability=LATE_ANSWERS / 2, seconds=seconds)
    if Fault.CREATES in wanted:
        # What doubles things: a create that happens, and whose answer is lost.
        in_xero.add("drop_after", method="PUT", path="/api.xro", probability=_LOST)
        in_xero.add("partial", method="PUT", path="/api.xro", probability=_FAULTY)
        # One that happens after it was given up.
        in_xero.add("slow", method="PUT", path="/api.xro", probability=_LOST / 2, seconds=_SLOWEST)
        in_xero.add("slow", method="PUT", path="/api.xro", probability=_LOST / 2, seconds=_LATE_CREATE)
    if Fault.NOT_FOUND in wanted:
        in_xero.add("not_found", method="GET", path="/api.xro", probability=_LOST)
