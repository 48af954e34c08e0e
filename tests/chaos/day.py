"""A day on which people act on both sides at random, among faults and kills; and what is left of it in the evening.

Nobody mends anything by hand. In the evening the faults end, a last sweep reads everything that is open, and the
product's own reconcile is held against the companies' books and the witness's ledger.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from standins.xero import Limits
from tests.chaos.city import City, a_city, services_of
from tests.chaos.crowd import Crowd
from tests.chaos.dashboard import Dashboard, shown_on
from tests.chaos.explain import unexplained
from tests.chaos.havoc import Findings, Plan, kill, strike, tally, workers_of
from tests.chaos.ledger import Ledger
from tests.chaos.people import Billed, Branch
from xerosync.core.documents import Kind
from xerosync.core.holds import HoldReason
from xerosync.reconcile.client import start_reconcile
from xerosync.reconcile.findings import Finding, Severity
from xerosync.reconcile.messages import ReconcileInput
from xerosync.services import Services

_CUSTOMERS = 5
_AT_A_TIME = 20
_SWEEP_SECONDS = 4.0
_EVENING_SECONDS = 3.0
_A_DAY = timedelta(days=1)


@dataclass
class Evening:
    """What is left of the day: the counts of all that happened, and of what reconcile names."""

    findings: Findings
    acts: dict[str, int] = field(default_factory=dict[str, int])
    refused: dict[str, int] = field(default_factory=dict[str, int])
    named: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def is_clean(self) -> bool:
        """Whether every difference is a hold or a person's own edit, is named, and is explained by what people did."""
        return not self.findings.problems

    def as_json(self) -> dict[str, Any]:
        """Return all of it as data."""
        return {**asdict(self), "is_clean": self.is_clean}


async def live_a_day(plan: Plan, folder: Path, *, pace: float, dashboard: Dashboard | None = None) -> Evening:
    """Live one on a stack of its own. `pace` is how long people take between two things, in seconds."""
    dice, ledger = random.Random(plan.seed), Ledger()
    limits = Limits.real() if plan.has_limits else None
    evening = Evening(Findings(plan))
    async with (
        a_city(
            folder,
            plan.branches,
            customers=_CUSTOMERS,
            reports_payments=True,
            call_timeout=plan.call_timeout,
            limits=limits,
        ) as city,
        workers_of(city, plan.workers, dashboard) as workers,
        shown_on(dashboard, city),
        services_of(city) as services,
    ):
        city.stack.sequence.limits.enabled = plan.has_limits
        began, struck = time.monotonic(), strike(city, plan)
        crowd = Crowd(city, services, ledger, pace)
        issued: dict[str, list[Billed]] = {}
        async with asyncio.timeout(plan.patience_seconds), asyncio.TaskGroup() as going:
            always = [
                going.create_task(_sweep(city)),
                *[going.create_task(kill(each, plan, dice)) for each in workers],
                *[going.create_task(crowd.archive_and_restore(each, dice)) for each in city.branches],
            ]
            async with asyncio.TaskGroup() as living:
                for branch in city.branches:
                    living.create_task(crowd.disconnect_and_reconnect(branch, random.Random(dice.random())))
                    issued[branch.account_id] = await _bill(crowd, branch, plan, dice, living)
            for task in always:
                task.cancel()
        for faults in (city.stack.xero.faults, city.stack.sequence.faults):
            faults.clear()
        named = await _evening(city, services, plan.patience_seconds)
        evening.findings.seconds = round(time.monotonic() - began, 1)
        await tally(city, workers, struck, evening.findings)
        for branch in city.branches:
            found = named[branch.account_id]
            evening.findings.problems += await unexplained(branch, issued[branch.account_id], ledger, found)
    evening.acts = ledger.counts()
    evening.refused = {act.value: times for act, times in ledger.refused.items()}
    evening.named = _named([finding for found in named.values() for finding in found])
    return evening


async def _bill(
    crowd: Crowd, branch: Branch, plan: Plan, dice: random.Random, living: asyncio.TaskGroup
) -> list[Billed]:
    """Bill a branch's share, some at a time, each batch with a life of its own; return all of it."""
    billed: list[Billed] = []
    share = plan.documents // plan.branches
    while len(billed) < share:
        issued = await branch.bill(min(_AT_A_TIME, share - len(billed)), dice)
        living.create_task(crowd.live(branch, issued, random.Random(dice.random())))
        billed += issued
    return billed


async def _sweep(city: City) -> None:
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        await city.sweep()


async def _evening(city: City, services: Services, patience: float) -> dict[str, Sequence[Finding]]:
    """Sweep as on the next day, and reconcile, until nothing is under way any more; return what was found."""
    found: dict[str, Sequence[Finding]] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while True:
                for branch in city.branches:
                    for kind in Kind:
                        # So that the sweep reads all that is open, as it does once a day.
                        yesterday = datetime.now(UTC) - _A_DAY
                        await city.store.move_sweep_cursor(branch.account_id, kind, yesterday)
                await city.sweep()
                await asyncio.sleep(_EVENING_SECONDS)
                found = {each.account_id: await _reconciled(services, each.account_id) for each in city.branches}
                if not any(_is_under_way(it) for several in found.values() for it in several):
                    break
    return found


def _is_under_way(finding: Finding) -> bool:
    """Whether it may go by itself yet: everybody is connected again, so what waited for that is on its way."""
    return finding.verdict is Severity.DIFFERENCE or finding.hold is HoldReason.DISCONNECTED


async def _reconciled(services: Services, account_id: str) -> Sequence[Finding]:
    """Run the product's own reconcile; return what it found."""
    await (await start_reconcile(services.temporal, ReconcileInput(account_id=account_id))).result()
    last = await services.reconciles.last(account_id)
    assert last
    return await services.reconciles.findings(account_id, last[0])


def _named(findings: Sequence[Finding]) -> dict[str, int]:
    counted = Counter(
        "made in Xero by people" if it.is_created_in_xero else f"on hold: {it.hold}" if it.hold else it.verdict.value
        for it in findings
    )
    return dict(counted)
