"""`make simulate SEED=1 DOCUMENTS=100 DAYS=5 SEEDS=20`: runs that repeat with their seed and commit.

A large run is dealt out to shards. What fails is shortened, and the command that repeats it is printed.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Iterable

from tests.simulation.city import simulate
from tests.simulation.plan import Fault, Plan, Result
from tests.simulation.shards import play, quietly, shards
from tests.simulation.shrink import shrink

_PROCESSES = 2
_SHARD = 5_000


def main() -> int:
    """Play what is asked for; return 1 where something was violated."""
    asked = _asked()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of sets is part of what repeats.
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "PYTHONHASHSEED": "0"})
    began, failed, documents, spent = time.perf_counter(), list[Result](), 0, 0.0
    for result in play(_plans(asked), 1 if asked.trace else asked.processes):
        documents += len(result.plan.documents)
        spent += result.seconds
        _tell([*result.trace, told(result)])
        if result.violation:
            failed.append(result)
    wall = time.perf_counter() - began
    each = f"{1000 * spent / documents:.1f} ms of a core each"
    _tell([f"{documents} documents, {each}, {wall:.0f} s in all; load of the machine {os.getloadavg()[0]:.1f}"])
    for result in failed[:1] if asked.as_it_is else failed:
        _tell([f"VIOLATED {result.violation}"])
        if not asked.as_it_is:
            _tell(shortened(result))
    return bool(failed)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("seed", 1), ("seeds", 1), ("documents", 100), ("days", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--processes", type=int, default=_PROCESSES)
    parser.add_argument("--shard", type=int, default=_SHARD, help="documents of a shard at most")
    parser.add_argument("--only", help="play only these documents of the seed: 3,17")
    parser.add_argument("--without", action="append", default=[], type=Fault, help="leave out a sort of fault")
    parser.add_argument("--trace", action="store_true", help="print every step")
    parser.add_argument("--as-it-is", action="store_true", help="do not shorten what fails")
    return parser.parse_args()


def _plans(asked: argparse.Namespace) -> list[Plan]:
    faults = frozenset(Fault) - frozenset(asked.without)
    if asked.only:
        chosen = tuple(int(place) for place in asked.only.split(","))
        return [Plan(asked.seed, chosen, asked.days, faults, traced=asked.trace)]
    return [
        plan.with_faults(faults, traced=asked.trace)
        for seed in range(asked.seed, asked.seed + asked.seeds)
        for plan in shards(seed, asked.documents, asked.days, asked.shard)
    ]


def told(result: Result) -> str:
    """Say in one line how a run went."""
    counts = f"{len(result.plan.documents)} documents, {result.steps} steps, {result.calls} calls"
    ended = f"{result.sent} sent, {result.paid} paid, {result.held} held, {result.deaths} deaths of workers"
    return f"seed {result.plan.seed}: {counts}; {ended}; {result.digest} {'VIOLATED' if result.violation else 'clean'}"


def shortened(result: Result) -> Iterable[str]:
    """Shorten a failing run; return what repeats it, and its end."""

    def fails(plan: Plan) -> bool:
        found = quietly(plan).violation
        return found is not None and _sort(found) == _sort(result.violation or "")

    plan = shrink(result.plan, fails).with_faults(None, traced=True)
    short = simulate(plan)
    without = "".join(f" --without '{fault}'" for fault in sorted(frozenset(Fault) - plan.faults))
    only = ",".join(map(str, plan.documents))
    yield f"shortened to {len(plan.documents)} documents and {short.steps} steps, of which the last are:"
    yield from (line[:_WIDTH] for line in short.trace[-_LAST:])
    yield f"python -m tests.simulation --seed {plan.seed} --days {plan.days} --only {only}{without} --trace"


_LAST, _WIDTH = 20, 200


def _sort(violation: str) -> str:
    """Return a violation without step, number and amounts: what is alike in two runs."""
    return re.sub(r"[A-Z]*-?\d[\d.]*", "", violation)


def _tell(lines: Iterable[str]) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - what a person asked for


if __name__ == "__main__":
    sys.exit(main())
