"""A large run in several processes: the documents of a seed are dealt out to shards, each a run of its own seed.

A shard's seed follows from the run's and is told, so that what fails there repeats alone.
"""

import logging
import multiprocessing
from collections.abc import Iterator

import structlog

from tests.simulation.city import simulate
from tests.simulation.plan import Plan, Result

_APART = 1_000_000
"""Between the seeds of two runs there is room for the seeds of their shards."""


def shards(seed: int, documents: int, days: int, size: int) -> list[Plan]:
    """Return the plans that make up a run, each of `size` documents at most; one that is small enough is the run."""
    if documents <= size:
        return [Plan.of(seed, documents, days)]
    count = -(-documents // size)
    sizes = [documents // count + (place < documents % count) for place in range(count)]
    return [Plan.of(seed * _APART + place, each, days) for place, each in enumerate(sizes)]


def play(plans: list[Plan], processes: int) -> Iterator[Result]:
    """Play plans, so many at once, and return each result as it comes, in order."""
    if processes == 1 or len(plans) == 1:
        yield from map(quietly, plans)
        return
    with multiprocessing.get_context("fork").Pool(processes, maxtasksperchild=1) as pool:
        yield from pool.imap(quietly, plans, chunksize=1)


def quietly(plan: Plan) -> Result:
    """Play one plan without the product's log, which is as before afterwards."""
    before, level = structlog.get_config(), logging.root.manager.disable
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()
    try:
        return simulate(plan)
    finally:
        structlog.configure(**before)
        logging.disable(level)
