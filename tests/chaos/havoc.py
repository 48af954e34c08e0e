"""A long run: many documents, faults by chance, workers killed at random; and what came of it.

Everything random comes from one seed: the documents, who sends which and where, the faults, the moments of the kills.
(Which call a fault befalls still depends on the machine's speed.)
"""

import asyncio
import contextlib
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from standins.faults import FaultRule
from standins.journal import Entry
from standins.xero import Limits
from tests.chaos.city import ALL_DOCUMENTS, WITNESS, City, a_city
from tests.chaos.dashboard import Dashboard, shown_on
from tests.chaos.faults import FAULTS, FAULTS_OF_SEQUENCE
from tests.chaos.people import Billed, Branch
from tests.chaos.witness import compare
from tests.chaos.workers import Watched
from tests.patience import PATIENCE
from xerosync.core.documents import DocumentRef
from xerosync.documents.messages import SyncState

_CLOSED = (SyncState.SETTLED, SyncState.VOIDED)
_AFTER_A_RESTART = timedelta(minutes=1)
_AT_A_TIME = 50
_LOOK_SECONDS = 1.0
_SWEEP_SECONDS = 8.0


@dataclass(frozen=True)
class Plan:
    """How much havoc: `fault_share` of the calls to each side, so many kills of each worker, some seconds apart.

    `has_limits`: Xero and Sequence refuse what is beyond their real limits. The product keeps them in any case.
    """

    seed: int
    documents: int
    branches: int
    workers: int
    kills: int
    seconds_between_kills: float
    fault_share: float = 0.05
    call_timeout: str = "PT15S"
    has_limits: bool = True
    patience_seconds: float = 1_500.0

    @classmethod
    def small(cls, seed: int, documents: int, *, kills: int = 0, seconds_between_kills: float = 0.0) -> "Plan":
        """Return one that the tests run: two branches and two workers, and a Xero that answers within two seconds."""
        return cls(
            seed=seed,
            documents=documents,
            branches=2,
            workers=2,
            kills=kills,
            seconds_between_kills=seconds_between_kills,
            call_timeout="PT2S",
            has_limits=False,
            patience_seconds=PATIENCE,
        )


@dataclass
class Findings:
    """What came of it. `problems` are documents that are not as they should be: none is what we want."""

    plan: Plan
    seconds: float = 0.0
    kills: int = 0
    calls_to_xero: int = 0
    calls_to_sequence: int = 0
    faults_of_xero: dict[str, int] = field(default_factory=dict[str, int])
    faults_of_sequence: dict[str, int] = field(default_factory=dict[str, int])
    too_many_after_a_restart: int = 0
    too_many_otherwise: int = 0
    states: dict[str, int] = field(default_factory=dict[str, int])
    problems: list[str] = field(default_factory=list[str])

    @property
    def is_clean(self) -> bool:
        """Whether every document is in Xero once, as it should be, and settled."""
        everything_closed = sum(self.states.get(state, 0) for state in _CLOSED) == self.plan.documents
        return not self.problems and everything_closed

    def as_json(self) -> dict[str, Any]:
        """Return all of it as data."""
        return {**asdict(self), "is_clean": self.is_clean}


async def wreak(plan: Plan, folder: Path, dashboard: Dashboard | None = None) -> Findings:
    """Run a plan on a stack of its own and return what came of it; a dashboard, if there is one, shows it."""
    dice, limits = random.Random(plan.seed), Limits.real() if plan.has_limits else None
    findings = Findings(plan)
    async with (
        a_city(folder, plan.branches, call_timeout=plan.call_timeout, limits=limits) as city,
        workers_of(city, plan.workers, dashboard) as workers,
        shown_on(dashboard, city),
    ):
        city.stack.sequence.limits.enabled = plan.has_limits
        began = time.monotonic()
        struck = strike(city, plan)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(plan.patience_seconds), asyncio.TaskGroup() as going:
                sweeping = going.create_task(sweep_on(city))
                killings = [going.create_task(kill(each, plan, dice)) for each in workers]
                await _live(city, plan, dice)
                sweeping.cancel()
                for killing in killings:
                    killing.cancel()
        for faults in (city.stack.xero.faults, city.stack.sequence.faults):
            faults.clear()
        findings.seconds = round(time.monotonic() - began, 1)
        await tally(city, workers, struck, findings)
        findings.problems = [*await _open(city), *await compare(city)]
    return findings


@contextlib.asynccontextmanager
async def workers_of(city: City, count: int, dashboard: Dashboard | None = None) -> AsyncGenerator[Sequence[Watched]]:
    """Keep so many workers at work until the block ends."""
    async with contextlib.AsyncExitStack() as held:
        workers: list[Watched] = []
        for name in (f"worker-{place + 1}" for place in range(count)):
            figures = dashboard.settings_of(name) if dashboard else {}
            worker = city.worker(name, XEROSYNC_LOG_LEVEL="ERROR", **figures)
            workers.append(await held.enter_async_context(worker))
        yield workers


def strike(city: City, plan: Plan) -> dict[str, dict[str, FaultRule]]:
    """Let faults befall calls from now on, each kind as often as the others."""
    xero, sequence = city.stack.xero.faults, city.stack.sequence.faults
    xero.reseed(plan.seed)
    sequence.reseed(plan.seed + 1)
    share_of_xero, share_of_sequence = plan.fault_share / len(FAULTS), plan.fault_share / len(FAULTS_OF_SEQUENCE)
    return {
        "xero": {name: each.befall(xero, None, "/api.xro", probability=share_of_xero) for name, each in FAULTS.items()},
        "sequence": {
            name: each.befall(sequence, None, "/api/", probability=share_of_sequence)
            for name, each in FAULTS_OF_SEQUENCE.items()
        },
    }


async def _live(city: City, plan: Plan, dice: random.Random) -> None:
    """Bill, finalize, send in Sequence or in Xero, void a few; return when all is settled."""
    ahead = plan.kills * plan.seconds_between_kills
    rounds = max(1, plan.documents // (_AT_A_TIME * plan.branches))
    per_round = [plan.documents // rounds + (place < plan.documents % rounds) for place in range(rounds)]
    waiting: list[dict[DocumentRef, Billed]] = [{} for _ in city.branches]
    all_billed = asyncio.Event()
    async with asyncio.TaskGroup() as going:
        for branch, pushed_later in zip(city.branches, waiting, strict=True):
            going.create_task(_go_on(city, branch, pushed_later, all_billed))
        for count in per_round:
            shares = [count // plan.branches + (place < count % plan.branches) for place in range(plan.branches)]
            for branch, share, pushed_later in zip(city.branches, shares, waiting, strict=True):
                issued = await branch.bill(share, dice)
                going.create_task(_begin(city, branch, issued, pushed_later, random.Random(dice.random())))
            await asyncio.sleep(ahead / rounds)
        all_billed.set()
    while any(count for state, count in (await states_of(city)).items() if state not in _CLOSED):
        await asyncio.sleep(_LOOK_SECONDS)


async def _begin(
    city: City, branch: Branch, issued: Sequence[Billed], waiting: dict[DocumentRef, Billed], dice: random.Random
) -> None:
    """Finalize documents of one branch; a few are sent before anybody could have brought them to Xero."""
    early = dice.sample(list(issued), len(issued) // 10)
    waiting.update({billed.ref: billed for billed in issued if billed not in early})
    await city.tell(issued, "finalized")
    for billed in early:
        await branch.send(billed)
    await city.tell(early, "sent")


async def _go_on(city: City, branch: Branch, waiting: dict[DocumentRef, Billed], all_billed: asyncio.Event) -> None:
    """Let each document of one branch go its way once it is in Xero: one look at the store for all of them."""
    ways = itertools.cycle((branch.send, branch.mark_sent, branch.send, branch.mark_sent, branch.void))
    while waiting or not all_billed.is_set():
        pushed = await city.store.documents(branch.account_id, SyncState.PUSHED, limit=ALL_DOCUMENTS)
        for link in pushed:
            billed = waiting.pop(link.ref, None)
            if billed is not None:
                way = next(ways)
                await way(billed)
                if way != branch.mark_sent:
                    await city.tell([billed], "voided" if way == branch.void else "sent")
        await asyncio.sleep(_LOOK_SECONDS)


async def sweep_on(city: City) -> None:
    """Sweep all accounts again and again, until it is cancelled."""
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        await city.sweep()


async def kill(worker: Watched, plan: Plan, dice: random.Random) -> None:
    """Kill a worker as often as the plan has it."""
    for _ in range(plan.kills):
        await asyncio.sleep(plan.seconds_between_kills * dice.uniform(0.5, 1.5))
        worker.kill()


async def states_of(city: City) -> Counter[SyncState]:
    """Count documents by their state."""
    states: Counter[SyncState] = Counter()
    for count in await city.store.counts():
        states[count.state] += count.documents
    return states


async def _open(city: City) -> list[str]:
    """Say of every document that is not settled what it waits for."""
    stuck: list[str] = []
    for branch in city.branches:
        for link in await city.store.documents(branch.account_id, limit=ALL_DOCUMENTS):
            if link.state not in _CLOSED:
                described = await city.workflows.handle(link.ref).describe()
                waits = [
                    f"{each.activity_type.name}, attempt {each.attempt}: {each.last_failure.message}"
                    for each in described.raw_description.pending_activities
                ]
                stuck.append(f"{link.number} is {link.state}, {link.current_hold or 'not held'}, {waits}")
    return stuck


async def tally(
    city: City, workers: Sequence[Watched], struck: dict[str, dict[str, FaultRule]], findings: Findings
) -> None:
    """Count calls, faults, kills and states."""
    deaths = [death for worker in workers for death in worker.deaths]
    calls = [entry for entry in city.stack.xero.journal.entries(path_prefix="/api.xro") if not _by_witness(entry)]
    refused = [entry for entry in calls if entry.status == 429 and entry.fault is None]
    soon = [entry for entry in refused if any(death < entry.at < death + _AFTER_A_RESTART for death in deaths)]
    findings.kills = len(deaths)
    findings.calls_to_xero = len(calls)
    findings.calls_to_sequence = city.stack.sequence.journal.count(path_prefix="/api/")
    findings.faults_of_xero = {name: rule.fired for name, rule in struck["xero"].items()}
    findings.faults_of_sequence = {name: rule.fired for name, rule in struck["sequence"].items()}
    findings.too_many_after_a_restart = len(soon)
    findings.too_many_otherwise = len(refused) - len(soon)
    findings.states = {state.value: count for state, count in (await states_of(city)).items()}


def _by_witness(entry: Entry) -> bool:
    return entry.headers.get("user-agent") == WITNESS
