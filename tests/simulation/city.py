"""A run: documents come into being, people act on both sides, calls and workers fail, all by one seed."""

import asyncio
import contextvars
import hashlib
import random
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx
from pydantic import SecretStr

from activities.interceptor import ActivityBoundary
from activities.reconcile import ReconcileActivities
from standins.faults import FaultRule, Faults
from standins.sequence import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from tests.doubles.allowance import MemoryBudget
from tests.doubles.documents import document_activities
from tests.doubles.memory import MemoryStore
from tests.doubles.memory_grants import MemoryGrants
from tests.doubles.memory_inbox import MemoryInbox
from tests.doubles.sequence_accounts import accounts_of
from tests.doubles.sweeps import sweep_activities
from tests.pairs.companies import SEQUENCE_URL, XERO_URL
from tests.simulation.call_faults import LATE_ANSWERS, begin_faults
from tests.simulation.edge import Edge, Sender, Signals
from tests.simulation.lives import BILLING_RUNS, Act, Customer, Life, billing_runs, life, signal_of
from tests.simulation.plan import Fault, Plan, Result
from tests.simulation.restores import Restores
from tests.simulation.scheduler import NothingLeftError, SeededLoop, rarely_collected
from tests.simulation.server import Server, ServerWorkflows
from tests.simulation.sweeps import HOUR, Sweeps
from tests.simulation.wire import Wire, WireClient
from tests.simulation.witness import Witness
from tests.simulation.world import BEGAN, World
from tests.simulation.xero_hook import HookSpacings, XeroHook
from worker import WORKFLOWS
from xerosync.connection.connection import Connection
from xerosync.connection.grant import Grant, GrantKind
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core import clock
from xerosync.core.documents import DocumentRef, Kind
from xerosync.documents.link import DocumentLink
from xerosync.reconcile.reconciler import Reconciler
from xerosync.sequence import SequenceBilling
from xerosync.xero import Lane, open_xero

_LOST = 0.1
_DOUBLED = 0.1
_LATE = 0.1
_FORGED = 0.2
_DEADLY = 0.02
"""How often a worker dies within some seconds after an activity began."""

_SPARED = 600.0
"""Seconds at most, from one such death to the next: of hundreds of activities at once none would come to its end."""

_RESTORED_IN = 3
"""In every third seed the store is restored: of what it forgets less can be checked."""

_HEARD, _SEEN = 12 * 3600.0, 8 * 3600.0
"""Seconds after which a signal that came, or a change in Xero that was stamped, must have led to something."""

_MOST_APART = 45.0
"""Seconds between a company's clock and ours."""

_DAY = timedelta(days=1)
_SETTLING = 10
"""Days of sweeps without faults, after the last act: the third try of a hold comes after seven."""


class ViolatedError(Exception):
    """Something that must hold does not: the run ends."""


def simulate(plan: Plan) -> Result:
    """Play a plan to its end, or to the first step at which something is violated."""
    began, loop = time.process_time(), SeededLoop(plan.seed)
    result = Result(plan)
    with _seeded(plan.seed, loop), rarely_collected():
        _play(loop, result)
    result.seconds = time.process_time() - began
    return result


def _play(loop: SeededLoop, result: Result) -> None:
    city = _City(loop, result)
    try:
        loop.run_until_complete(city.live())
    except ViolatedError:
        pass
    except NothingLeftError:
        result.violation = result.violation or f"step {result.steps}: everybody waits for ever"
    finally:
        city.is_over = True
        loop.end()
    result.digest = city.digest


@contextmanager
def _seeded(seed: int, loop: SeededLoop) -> Generator[None]:
    """Give ids and the time of this process from the seed and the loop, as long as the block lasts."""
    die = random.Random(seed)

    def now() -> datetime:
        return BEGAN + timedelta(seconds=loop.time())

    with (
        patch("standins.sequence.state.uuid4", lambda: UUID(int=die.getrandbits(128), version=4)),
        clock.replaced(now=now, seconds=loop.time),
    ):
        yield


def _remove(faults: Faults, rules: Sequence[FaultRule]) -> None:
    for rule in rules:
        faults.remove(rule.id)


class _City:
    def __init__(self, loop: SeededLoop, result: Result) -> None:
        self._loop, self._result, self._plan = loop, result, result.plan
        self._die = random.Random(f"city {self._plan.seed}")
        self._hash = hashlib.sha256()
        self.is_over = False
        apart = [self._die.uniform(-_MOST_APART, _MOST_APART) * (Fault.SKEW in self._plan.faults) for _ in range(2)]
        self._world = World(self._plan.seed, loop.time, xero_apart=apart[0], sequence_apart=apart[1])
        self._store = MemoryStore(clock.utc_now)
        self._witness = Witness(self._world, self._link_of, self._violate)
        self._server = Server(loop, WORKFLOWS, clock.utc_now, self._log)
        self._workflows = ServerWorkflows(self._server)
        self._restores = Restores(loop, self._server, self._store, self._witness, self._world.account.id)
        self._grants, self._budget = MemoryGrants(), MemoryBudget(clock=clock.utc_now)
        die, deadly = random.Random(f"edge {self._plan.seed}"), _DEADLY * (Fault.DEATHS in self._plan.faults)
        self._span = self._plan.days * _DAY.total_seconds()
        self._sweeps = Sweeps(loop, self._server, self._world.account.id, self._span)
        inbox = MemoryInbox(clock.utc_now)
        self._spacings = HookSpacings(inbox, self._store)
        signals = Signals(self._workflows, self._sweeps.wake, die)
        edge = Edge(loop, self._store, inbox, signals, die, deadly=deadly)
        self._sender = Sender(loop, edge, self._world.account, die, self._violate)
        self._hook = XeroHook(edge, self._world, self._plan, self._violate)
        self._wires: dict[str, Wire] = {}
        self._lives: list[Life] = []
        self._spared_until = 0.0
        self._violated = loop.create_future()
        self._context = contextvars.copy_context()

    @property
    def digest(self) -> str:
        """What tells two runs apart, in 16 hex digits."""
        return self._hash.hexdigest()[:16]

    def _log(self, what: str, detail: object = "") -> None:
        if self.is_over:
            return
        self._result.steps += 1
        line = f"{self._loop.time():.6f} {what}"
        self._hash.update(line.encode())
        if self._plan.traced:
            self._result.trace.append(f"{line} {detail}".rstrip())

    def _violate(self, what: str) -> None:
        if self.is_over or self._result.violation:
            return
        self._result.violation = f"step {self._result.steps}: {what}"
        self._log(f"VIOLATED {what}")
        self._violated.set_exception(ViolatedError(what))

    async def live(self) -> None:
        die = random.Random(f"wire {self._plan.seed}")
        wanted = self._plan.faults
        unfound, late = _LOST / 2 * (Fault.CREATES in wanted), LATE_ANSWERS * (Fault.LATE_ANSWERS in wanted)
        self._wires[SEQUENCE_URL] = Wire(self._world.sequence, die)
        self._wires[XERO_URL] = Wire(self._world.xero, die, unfound, late)
        async with WireClient(self._wires) as http:
            await self._connect()
            await self._start_worker(http)
            # As connecting does: what is there before is a backfill's matter, and people here date back.
            await self._sweeps.once()
            with self._hook.telling(), self._witness.watching():
                await self._hook.register()
                begin_faults(self._world, self._plan, self._die)
                living = asyncio.create_task(self._live(http))
                await asyncio.wait({living, self._violated}, return_when=asyncio.FIRST_COMPLETED)
                for each in (self._violated, living):
                    if each.done():
                        await each
                self._compare()
                if self._violated.done():
                    await self._violated

    async def _live(self, http: httpx.AsyncClient) -> None:
        acts = [
            asyncio.create_task(self._person(life(self._plan.seed, index, self._span)))
            for index in self._plan.documents
        ]
        sweeping = [asyncio.create_task(each) for each in (self._sweeps.run(), self._watch_failures())]
        disturbing = asyncio.create_task(self._disturb(http))
        await asyncio.gather(*acts)
        await disturbing
        for app in (self._world.xero.state.xero, self._world.sequence.state.sequence):
            app.faults.clear()
        await asyncio.sleep(_HEARD)
        self._sweeps.is_lively = False
        await asyncio.sleep(_SETTLING * _DAY.total_seconds())
        for each in sweeping:
            each.cancel()
        if self._witness.forgotten:
            await self._restores.reconcile()
        await asyncio.sleep(HOUR)

    async def _connect(self) -> None:
        world, now = self._world, clock.utc_now()
        token = SecretStr("any")
        ends = now + timedelta(days=365)
        await self._grants.add(
            Grant(grant_id="grant", kind=GrantKind.CONSENT, access_token=token, refresh_token=token, expires_at=ends)
        )
        await self._store.save_connection(
            Connection(
                account_id=world.account.id,
                grant_id="grant",
                tenant_id=world.organisation.tenant_id,
                organisation_name="Demo Company (GB)",
                short_code="!demo",
                base_currency="GBP",
                default_ledger_account="200",
                connected_at=now,
            )
        )
        for kind in Kind:
            # It was swept before: what happens before the first sweep of a kind is seen by reconcile alone.
            await self._store.move_sweep_cursor(world.account.id, kind, now)
        for customer in Customer:
            if customer is not Customer.LATE or Fault.LATE_LINK not in self._plan.faults:
                await self._link(customer)

    async def _link(self, customer: Customer) -> None:
        world = self._world
        await self._store.link_customer(world.account.id, world.customers[customer], world.contacts[customer])

    async def _start_worker(self, http: httpx.AsyncClient) -> None:
        """Open the product's adapters anew, as a new process does, over the store that stays."""
        opened = open_xero(
            http,
            self._grants,
            api_url=XERO_URL,
            identity_url=XERO_URL,
            client_id="any",
            client_secret=None,
            invoice_url="https://app.example/invoices/{id}",
            credit_note_url="https://app.example/credit-notes/{id}",
            budget=self._budget,
            clock=clock.utc_now,
            sleep=asyncio.sleep,
        )
        # Never closed: a killed process closes nothing.
        gateway = await opened.__aenter__()
        key = SequenceKey(DEFAULT_CLIENT_ID, SecretStr(DEFAULT_CLIENT_SECRET))
        billing = SequenceBilling(accounts_of(http, f"{SEQUENCE_URL}/api", key))
        steps = document_activities(billing, gateway.books(Lane.LIVE), self._store)
        sweep = sweep_activities(
            billing, gateway.books(Lane.SWEEP), self._store, self._workflows, spacings=self._spacings
        )
        reconciler = Reconciler(
            billing, gateway.books(Lane.BULK), self._store, self._restores.reconciles, self._workflows
        )
        self._server.start_worker(ActivityBoundary(self._store), steps, sweep, ReconcileActivities(reconciler))

    def _link_of(self, life: Life) -> DocumentLink:
        ref = DocumentRef(account_id=self._world.account.id, kind=life.kind, document_id=life.document_id)
        return self._store.kept(ref)

    async def _person(self, life: Life) -> None:
        """Live a document's life; of some acts the sync is not told, or late, or twice."""
        die = random.Random(f"{self._plan.seed} signals {life.index}")
        await asyncio.sleep(life.born_at)
        self._witness.add(life)
        self._lives.append(life)
        self._world.bill(life)
        self._log(f"people: {life.number} is {life.status}")
        self._hint(die, life, "sent" if life.status == "SENT" else "finalized")
        for wait, act in life.acts:
            await asyncio.sleep(wait)
            is_early = act is Act.SEND and Fault.EARLY in self._plan.faults and die.random() < _LATE
            is_early = is_early and not self._is_by_webhook(life)
            if is_early:
                # The signal overtakes the commit that it speaks of, and no other one comes.
                self._hint(die, life, "sent")
                await asyncio.sleep(die.uniform(0, 60))
            done = act
            if not self._world.do(life, act):
                # What is not in Xero yet is sent where it is.
                done = Act.SEND
                if act not in (Act.SEND_IN_XERO, Act.SEND_IN_XERO_DATED) or not self._world.do(life, done):
                    continue
            self._log(f"people: {done} {life.number}")
            if signal := signal_of(done):
                if not is_early:
                    self._hint(die, life, signal)
            else:
                changes, document = self._witness.changes_of_payment(life), self._world.in_xero(life)[0]
                self._later(_SEEN, self._witness.seen, life, document, changes)

    def _hint(self, die: random.Random, life: Life, name: str) -> None:
        is_lost, is_doubled, is_late = (die.random() < often for often in (_LOST, _DOUBLED, _LATE))
        lateness, second = die.uniform(0, 2 * HOUR), die.uniform(0, HOUR)
        wanted = self._plan.faults
        if is_lost and Fault.LOST in wanted:
            self._log(f"signal {name} of {life.number} is lost")
            return
        if self._is_by_webhook(life):
            kind, is_forged = self._world.kind_in_sequence(life), Fault.FORGED in wanted and second < _FORGED * HOUR
            tell = self._sender.delivery(kind, self._world.in_sequence(life), forged=is_forged)
        else:
            ref = DocumentRef(account_id=self._world.account.id, kind=life.kind, document_id=life.document_id)
            tell = partial(self._workflows.deliver, ref, name)
        wait = lateness if is_late and Fault.LATE in wanted else 0.0
        self._later(wait, tell)
        self._later(wait + _HEARD, self._witness.heard, life, name)
        if is_doubled and Fault.DOUBLED in wanted:
            self._later(wait + second, tell)

    def _is_by_webhook(self, life: Life) -> bool:
        """Whether Sequence's webhook tells of a document; of the others a billing system does, by signals."""
        return Fault.WEBHOOKS in self._plan.faults and life.index % 2 == 0

    def _later(self, wait: float, act: Callable[..., None], *given: Any) -> None:
        """Let something happen later, whoever dies meanwhile."""
        self._loop.call_later(wait, partial(act, *given))

    async def _disturb(self, http: httpx.AsyncClient) -> None:
        """Kill workers, fail whole minutes, lock the books, link a customer late: what concerns all documents."""
        wanted, world, faults = self._plan.faults, self._world, self._world.xero.state.xero.faults
        if Fault.LOCK in wanted:
            self._later(self._span * 0.2, partial(world.lock_books, locked=True))
            self._later(self._span * 0.5, partial(world.lock_books, locked=False))
        if Fault.DEATHS in wanted:
            self._server.on_attempt = partial(self._perhaps_die, http)
        if Fault.RESTORED in wanted and self._plan.seed % _RESTORED_IN == 0:
            # Shortly before a billing run: what that brings about is in both companies, and unknown here.
            at, until = billing_runs(self._span)[1] - self._die.uniform(0, HOUR / 4), self._die.uniform(HOUR / 4, HOUR)
            self._later(at, self._restores.back_up, until, partial(self._die_now, http))
        for place, run in enumerate(billing_runs(self._span)):
            await asyncio.sleep(run - self._loop.time())
            if Fault.BURSTS in wanted:
                rules = [
                    faults.add("drop_after", method="PUT", path="/api.xro", probability=0.5),
                    faults.add("not_found", method="GET", path="/api.xro", probability=0.5),
                ]
                self._later(self._die.uniform(60, HOUR), _remove, faults, rules)
            if Fault.OUTAGE in wanted:
                away = self._world.sequence.state.sequence.faults
                outage = away.add("maintenance", path="/api/", probability=0.8)
                self._later(self._die.uniform(300, 2400), _remove, away, [outage])
            if place == BILLING_RUNS // 2 and Fault.LATE_LINK in wanted:
                await self._link(Customer.LATE)
                self._log(f"people: {Customer.LATE} is linked")
        await asyncio.sleep(self._span / 2)
        self._server.on_attempt = None

    def _perhaps_die(self, http: httpx.AsyncClient) -> None:
        if self._die.random() < _DEADLY and self._loop.time() >= self._spared_until:
            self._spared_until = self._loop.time() + self._die.uniform(0, _SPARED)
            self._later(self._die.uniform(0, 3), self._die_now, http)

    def _die_now(self, http: httpx.AsyncClient) -> None:
        self._result.deaths += 1
        self._server.kill_worker()
        self._loop.create_task(self._start_worker(http), context=self._context)

    async def _watch_failures(self) -> None:
        while True:
            await asyncio.sleep(HOUR)
            for each in self._server.failed:
                self._violate(f"a workflow failed: {each}")

    def _compare(self) -> None:
        """Check at the end that both books agree on each document, or that a hold says why not."""
        for each in self._lives:
            self._witness.end(each)
            self._result.held += self._link_of(each).current_hold is not None
            in_sequence = self._world.in_sequence(each)
            self._result.sent += in_sequence.status == "SENT"
            self._result.paid += in_sequence.payment_status == "PAID"
        if self._server.is_busy:
            self._violate("something is still tried after days without a fault")
        self._result.calls = sum(wire.calls for wire in self._wires.values())
