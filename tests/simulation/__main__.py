"""`make simulate SEED=1 DOCUMENTS=100 DAYS=5`: one run; a failure repeats with its seed and commit."""

import argparse
import logging
import os
import sys
import time

import structlog

from tests.simulation.city import simulate
from tests.simulation.plan import Plan


def main() -> int:
    """Play one run; return 1 where something was violated."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("seed", 1), ("documents", 100), ("days", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--trace", action="store_true", help="print every step")
    parser.add_argument("--as-it-is", action="store_true", help="do not shorten a run that fails")
    asked = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of sets is part of what repeats.
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "PYTHONHASHSEED": "0"})
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()
    began = time.process_time()
    result = simulate(Plan.of(asked.seed, asked.documents, asked.days), traced=asked.trace)
    told = [
        *result.trace,
        f"seed {asked.seed}: {asked.documents} documents, {result.steps} steps, {result.calls} calls",
        f"{result.sent} sent, {result.paid} paid, {result.held} held, {result.deaths} deaths of workers",
        f"{time.process_time() - began:.1f} s of a core, trace {result.digest}",
    ]
    if result.violation:
        told.append(f"VIOLATED {result.violation}")
    print(*told, sep="\n")  # noqa: T201 - what a person asked for
    return bool(result.violation)


if __name__ == "__main__":
    sys.exit(main())
