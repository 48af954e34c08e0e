"""Run the benchmarks: `python -m benchmarks [NAME ...]`. Without names all of them, the quick ones first."""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import psutil
import structlog
from rich.console import Console

from benchmarks import (
    calls,
    console,
    customers,
    edge,
    encryption,
    history,
    idle,
    life,
    memory,
    scale,
    stand_in,
    throughput,
    waiting_day,
)
from benchmarks.figures import KEPT, Figure, Result, machine, show, write

BENCHMARKS: dict[str, tuple[str, Callable[[], Awaitable[list[Figure]]]]] = {
    "history": (history.TITLE, history.measure),
    "encryption": (encryption.TITLE, encryption.measure),
    "stand_in": (stand_in.TITLE, stand_in.measure),
    "console": (console.TITLE, console.measure),
    "idle": (idle.TITLE, idle.measure),
    "waiting": (waiting_day.TITLE, waiting_day.measure),
    "edge": (edge.TITLE, edge.measure),
    "throughput": (throughput.TITLE, throughput.measure),
    "life": (life.TITLE, life.measure),
    "customers": (customers.TITLE, customers.measure),
    "scale": (scale.TITLE, scale.measure),
    "calls": (calls.TITLE, calls.measure),
    "memory": (memory.TITLE, memory.measure),
}


async def run(names: Sequence[str]) -> list[Result]:
    """Run benchmarks by name, one after the other."""
    progress = Console(stderr=True)
    results: list[Result] = []
    for name in names:
        title, measure = BENCHMARKS[name]
        progress.print(f"{name}: {title}")
        began = time.perf_counter()
        figures = await measure()
        results.append(Result(name, title, figures, time.perf_counter() - began, psutil.getloadavg()[0]))
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print and write; return 0 whatever was measured: a figure that is not reached is for people to judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--json", type=Path, default=KEPT, metavar="FILE", help=f"where to write (default {KEPT})")
    asked = parser.parse_args(arguments)
    unknown = sorted(set(asked.names) - set(BENCHMARKS))
    if unknown:
        parser.exit(2, f"There is no benchmark {unknown[0]}: choose from {', '.join(BENCHMARKS)}.\n")
    # What runs in this process would log every document between the lines of progress.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    about = machine()
    results = asyncio.run(run(asked.names or list(BENCHMARKS)))
    show(results, about, Console(width=None if sys.stdout.isatty() else 150, highlight=False))
    write(results, about, asked.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
