"""`make simulate SEED=1 DOCUMENTS=100 DAYS=5`: one run; a failure repeats with its seed and commit."""

import argparse
import hashlib
import logging
import os
import sys
import time

import structlog

from tests.simulation.city import simulate


def main() -> int:
    """Play one run; return 1 where something was violated."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("seed", 1), ("documents", 100), ("days", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--trace", action="store_true", help="print every step")
    asked = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of sets is part of what repeats.
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "PYTHONHASHSEED": "0"})
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()
    began = time.perf_counter()
    result = simulate(asked.seed, asked.documents, asked.days)
    if asked.trace:
        print(*result.trace, sep="\n")  # noqa: T201 - what a person asked for
    digest = hashlib.sha256("\n".join(result.trace).encode()).hexdigest()[:16]
    print(f"seed {asked.seed}: {asked.documents} documents, {len(result.trace)} steps, trace {digest}")  # noqa: T201 - what a person asked for
    print(f"{result.sent} sent, {result.held} held, {time.perf_counter() - began:.1f} s")  # noqa: T201 - what a person asked for
    print(*result.violations, sep="\n")  # noqa: T201 - what a person asked for
    return bool(result.violations)


if __name__ == "__main__":
    sys.exit(main())
