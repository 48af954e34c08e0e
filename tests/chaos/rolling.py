"""A newer build takes over from an older one, worker by worker, while documents are on their way.

Without Worker Deployment Versioning, as a Deployment of Kubernetes or compose does it: for a while older and newer
workers take tasks of the same documents. The newer build has a change in the workflow of a document, made as it should
be; what it began, the older one can't take up, and leaves it until the newer one does.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType

from standins.xero import Limits
from tests.builds import PATCHED, a_copy
from tests.chaos.city import City, a_city
from tests.chaos.havoc import Findings, Plan, kill, strike, sweep_on, tally
from tests.chaos.parts import live_in_parts
from tests.chaos.witness import compare
from tests.chaos.workers import Watched
from tests.raw_temporal import histories

_WORKERS = 2
_DOCUMENTS = "invoice-sync/"


@dataclass
class Rolled:
    """What came of it. `problems` of the findings are documents lost, doubled or wrongly dated."""

    findings: Findings
    begun_by_the_newer: int = 0
    begun_by_the_older: int = 0
    tasks_left_to_the_newer: int = 0
    """Documents that an older worker could not take up for a while: it lacks the change."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing was harmed, and both builds had something to do."""
        return self.findings.is_clean and self.begun_by_the_newer > 0 and self.begun_by_the_older > 0

    def as_json(self) -> dict[str, Any]:
        """Return all of it as data."""
        return {**asdict(self), "is_clean": self.is_clean}

    def counts(self) -> dict[str, int]:
        """Return the counts, as they are printed."""
        return {
            "begun by the older build": self.begun_by_the_older,
            "begun by the newer build": self.begun_by_the_newer,
            "waited for the newer build": self.tasks_left_to_the_newer,
        }


async def roll(plan: Plan, folder: Path) -> Rolled:
    """Run a plan on a stack of its own, with two workers of each build, and return what came of it."""
    dice, limits = random.Random(plan.seed), Limits.real() if plan.has_limits else None
    rolled = Rolled(Findings(plan))
    builds = {name: a_copy(folder / name, changed=change) for name, change in (("older", None), ("newer", PATCHED))}
    async with (
        a_city(folder, plan.branches, call_timeout=plan.call_timeout, limits=limits) as city,
        _workers(city, builds["older"]) as older,
        contextlib.AsyncExitStack() as held,
    ):
        newer = [_worker(city, builds["newer"], place) for place in range(_WORKERS)]

        async def start(place: int) -> None:
            await held.enter_async_context(newer[place])

        async def replace(place: int) -> None:
            await older[place].stop()
            if place + 1 < _WORKERS:
                # What it had in memory goes to whoever asks next: an older worker may be among those.
                newer[place].kill()
                await start(place + 1)

        city.stack.sequence.limits.enabled = plan.has_limits
        began, struck = time.monotonic(), strike(city, plan)
        async with asyncio.timeout(plan.patience_seconds), asyncio.TaskGroup() as going:
            always = [
                going.create_task(sweep_on(city)),
                *[going.create_task(kill(each, plan, dice)) for each in (*older, *newer)],
            ]
            await live_in_parts(city, plan, dice, [lambda: start(0), lambda: replace(0), lambda: replace(1)])
            for task in always:
                task.cancel()
        for faults in (city.stack.xero.faults, city.stack.sequence.faults):
            faults.clear()
        rolled.findings.seconds = round(time.monotonic() - began, 1)
        await tally(city, (*older, *newer), struck, rolled.findings)
        rolled.findings.problems = await compare(city)
        await _who_did_what(city, rolled)
    return rolled


@contextlib.asynccontextmanager
async def _workers(city: City, build: Path) -> AsyncGenerator[list[Watched]]:
    async with contextlib.AsyncExitStack() as held:
        yield [await held.enter_async_context(_worker(city, build, place)) for place in range(_WORKERS)]


def _worker(city: City, build: Path, place: int) -> Watched:
    environment = {**city.environment, "XEROSYNC_LOG_LEVEL": "ERROR", "PYTHONPATH": str(build)}
    return Watched(f"{build.name}-{place + 1}", build, environment, (str(build / "worker.py"),))


async def _who_did_what(city: City, rolled: Rolled) -> None:
    """Tell by the mark of the change, which the newer build alone writes, who began each document."""
    async for workflow_id, history in histories(city.stack.temporal_address, "default"):
        if workflow_id.startswith(_DOCUMENTS):
            types = {event.event_type for event in history.events}
            by_the_newer = EventType.EVENT_TYPE_MARKER_RECORDED in types
            rolled.begun_by_the_newer += by_the_newer
            rolled.begun_by_the_older += not by_the_newer
            rolled.tasks_left_to_the_newer += EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED in types
