"""A run: documents come into being, people act on both sides, calls and workers fail, all by one seed.

What is checked does not use the product: the stand-ins' own registers are read.
"""

import asyncio
import dataclasses
import random
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx
from pydantic import SecretStr

from activities.interceptor import ActivityBoundary
from standins.clock import Clock
from standins.sequence import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, create_sequence
from standins.xero import create_xero
from tests.doubles.allowance import MemoryBudget
from tests.doubles.documents import document_activities
from tests.doubles.memory import MemoryStore
from tests.doubles.memory_grants import MemoryGrants
from tests.doubles.sequence_accounts import accounts_of
from tests.doubles.sweeps import sweep_activities
from tests.pairs.companies import SEQUENCE_URL, XERO_URL, Companies
from tests.pairs.sync import connection
from tests.simulation.scheduler import NothingLeftError, SeededLoop
from tests.simulation.server import Server, ServerWorkflows
from worker import WORKFLOWS
from xerosync.connection.grant import Grant, GrantKind
from xerosync.connection.sequence_key import SequenceKey
from xerosync.core.documents import Kind
from xerosync.core.temporal import ACCOUNT_SWEEP
from xerosync.documents.messages import SweepInput
from xerosync.sequence import SequenceBilling
from xerosync.xero import Lane, open_xero

_BEGAN = datetime(2026, 11, 2, 9, tzinfo=UTC)
_FAULTS = ("drop_before", "drop_after", "server_error", "malformed", "truncated", "rate_minute", "maintenance")
_FAULTY = 0.01
_LOST = 0.1
_DOUBLED = 0.1
_DEATHS = 5
_HOUR = 3600.0
_DAY = timedelta(days=1)
_MOST_PRESSES = 6
_PLACEHOLDER_YEAR = 3000
_SETTLING = 10
"""Days of sweeps without faults, after the last act."""


class _Wire(httpx.ASGITransport):
    """A dropped connection looks as it does over a socket."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        try:
            return await super().handle_async_request(request)
        except ConnectionError as error:
            raise httpx.ReadError(str(error), request=request) from error


class LoopClock(Clock):
    """The loop's virtual time, as both companies and the product see it."""

    def __init__(self, loop: SeededLoop) -> None:
        super().__init__()
        self._loop = loop

    def now(self) -> datetime:
        """Return the present moment."""
        return _BEGAN + timedelta(seconds=self._loop.time())


@dataclass
class Result:
    """What a run ended with. `trace` repeats with the seed."""

    seed: int
    trace: list[str] = field(default_factory=list[str])
    violations: list[str] = field(default_factory=list[str])
    held: int = 0
    sent: int = 0


def simulate(seed: int, documents: int, days: int = 5) -> Result:
    """Play that many documents over so many virtual days."""
    loop = SeededLoop(seed)
    result = Result(seed)
    with _seeded(seed, loop):
        try:
            loop.run_until_complete(_City(loop, result, documents, days).live())
        except NothingLeftError:
            result.violations.append(f"step {len(result.trace)}: everybody waits for ever")
        finally:
            trace, violations = list(result.trace), list(result.violations)
            loop.end()
            result.trace, result.violations = trace, violations
    return result


@contextmanager
def _seeded(seed: int, loop: SeededLoop) -> Generator[None]:
    """Give ids and the time of day of this process from the seed and the loop, as long as the block lasts."""
    die = random.Random(seed)

    class Virtual(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return (_BEGAN + timedelta(seconds=loop.time())).astimezone(tz)

    with (
        patch("standins.sequence.state.uuid4", lambda: UUID(int=die.getrandbits(128), version=4)),
        patch("xerosync.core.clock.datetime", Virtual),
        patch("xerosync.sequence.errors.datetime", Virtual),
        patch("time.monotonic", loop.time),
    ):
        yield


class _City:
    def __init__(self, loop: SeededLoop, result: Result, documents: int, days: int) -> None:
        self._loop, self._result, self._documents, self._days = loop, result, documents, days
        self._die = random.Random(f"city {result.seed}")
        self._clock = LoopClock(loop)
        self._xero = create_xero(clock=self._clock, seed=result.seed)
        self._sequence = create_sequence(clock=self._clock)
        self._server = Server(loop, WORKFLOWS, self._clock.now, self._log)
        self._workflows = ServerWorkflows(self._server)
        self._store = MemoryStore(self._clock.now)
        self._grants, self._budget = MemoryGrants(), MemoryBudget(clock=self._clock.now)
        self._people: list[Companies] = []
        self._sent_by_hand: set[str] = set()

    def _log(self, what: str) -> None:
        self._result.trace.append(f"{self._loop.time():.6f} {what}")

    async def live(self) -> None:
        state = self._xero.state.xero
        transport = _Wire(self._xero)
        mounts = {SEQUENCE_URL: _Wire(self._sequence)}
        async with httpx.AsyncClient(transport=transport, mounts=mounts, trust_env=False) as http:
            both = Companies(
                kind=Kind.INVOICE,
                clock=self._clock,
                http=http,
                xero_journal=state.journal,
                sequence_journal=self._sequence.state.sequence.journal,
                account_id=self._sequence.state.sequence.account(None).id,
                tenant_id=next(iter(state.organisations)),
            )
            await both.meet()
            # It is not published whether Xero refuses a credit note's number in use: the worse of the two is played.
            settings = {"credit_note_numbers_unique": False}
            (await http.post(f"{XERO_URL}/_sandbox/settings", json=settings)).raise_for_status()
            await self._connect(both)
            await self._start_worker(http, both)
            await self._first_sweep(both)
            self._misbehave()
            span = self._days * _DAY.total_seconds()
            acts = [asyncio.create_task(self._life(both, span)) for _ in range(self._documents)]
            sweeping = asyncio.create_task(self._sweep(both))
            for _ in range(_DEATHS):
                await asyncio.sleep(self._die.uniform(0, span / _DEATHS))
                self._server.kill_worker()
                await self._start_worker(http, both)
            await asyncio.gather(*acts)
            state.faults.clear()
            self._sequence.state.sequence.faults.clear()
            await asyncio.sleep(_SETTLING * _DAY.total_seconds())
            sweeping.cancel()
            await self._compare()

    async def _connect(self, both: Companies) -> None:
        ends = self._clock.now() + 365 * _DAY
        token = SecretStr("any")
        await self._grants.add(
            Grant(grant_id="grant", kind=GrantKind.CONSENT, access_token=token, refresh_token=token, expires_at=ends)
        )
        await self._store.save_connection(connection(both, connected_at=_BEGAN))
        await self._store.link_customer(both.account_id, both.customer_id, both.contact_id)

    async def _first_sweep(self, both: Companies) -> None:
        """Sweep as connecting does: what is there before is a backfill's matter, and people here date back."""
        workflow_id = f"sweep/{both.account_id}"
        self._server.start(workflow_id, ACCOUNT_SWEEP, SweepInput(account_id=both.account_id))
        while workflow_id in self._server.open:
            await asyncio.sleep(1)

    def _misbehave(self) -> None:
        """Let both companies fail now and then from here on."""
        for faults in (self._xero.state.xero.faults, self._sequence.state.sequence.faults):
            faults.reseed(self._result.seed)
            for kind in _FAULTS:
                for path in ("/api.xro", "/api/"):
                    faults.add(kind, path=path, probability=_FAULTY)

        # What doubles things: a create that happens, and whose answer is lost.
        self._xero.state.xero.faults.add("drop_after", method="PUT", path="/api.xro", probability=_LOST)

    async def _start_worker(self, http: httpx.AsyncClient, both: Companies) -> None:
        """Open the product's adapters anew, as a new process does, over the store that stays."""
        del both
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
            clock=self._clock.now,
            sleep=asyncio.sleep,
        )
        # Never closed: a killed process closes nothing.
        gateway = await opened.__aenter__()
        key = SequenceKey(DEFAULT_CLIENT_ID, SecretStr(DEFAULT_CLIENT_SECRET))
        billing = SequenceBilling(accounts_of(http, f"{SEQUENCE_URL}/api", key))
        now = self._clock.now
        steps = document_activities(billing, gateway.books(Lane.LIVE), self._store, now=now)
        sweep = sweep_activities(billing, gateway.books(Lane.SWEEP), self._store, self._workflows, now=now)
        self._server.start_worker(ActivityBoundary(self._store), steps, sweep)

    async def _life(self, both: Companies, span: float) -> None:
        """Finalize a document, send it, and perhaps void it, in Sequence or in Xero; some signals are lost."""
        die = self._die
        start, wait, rate = die.uniform(0, span / 2), die.uniform(1, span / 4), f"{die.randint(1, 90000) / 100:.2f}"
        kind = die.choice((Kind.INVOICE, Kind.INVOICE, Kind.CREDIT_NOTE))
        ending = die.choice(("rest", "rest", "void", "sent in Xero"))
        await asyncio.sleep(start)
        mine = dataclasses.replace(both, kind=kind)
        await _until_done(mine.bill, "FINAL", rate)
        self._people.append(mine)
        self._log(f"people: {mine.number} is finalized")
        await self._hint(mine, "finalized")
        await asyncio.sleep(wait)
        if ending == "sent in Xero" and self._in_xero(mine):
            self._sent_by_hand.add(mine.document_id)
            await _until_done(mine.do, "sent")
            return
        await _until_done(mine.press, "send")
        await self._hint(mine, "sent")
        if ending == "void":
            await asyncio.sleep(wait)
            await _until_done(mine.press, "void")
            await self._hint(mine, "voided")

    async def _hint(self, mine: Companies, name: str) -> None:
        draw = self._die.random()
        if draw < _LOST:
            self._log(f"signal {name} of {mine.number} is lost")
            return
        await self._workflows.signal(mine.ref, name)
        if draw > 1 - _DOUBLED:
            await asyncio.sleep(self._die.uniform(0, 60))
            await self._workflows.signal(mine.ref, name)

    async def _sweep(self, both: Companies) -> None:
        workflow_id = f"sweep/{both.account_id}"
        while True:
            await asyncio.sleep(_HOUR)
            self._check()
            if workflow_id not in self._server.open:
                self._server.start(workflow_id, ACCOUNT_SWEEP, SweepInput(account_id=both.account_id))

    def _in_xero(self, mine: Companies) -> list[Any]:
        organisation = self._xero.state.xero.organisations[mine.tenant_id]
        register = organisation.invoices if mine.kind is Kind.INVOICE else organisation.credit_notes
        return [each for each in register.numbered(mine.number or "") if each.status != "DELETED"]

    def _check(self) -> None:
        """Check what holds at every moment: never two in Xero for one document, no workflow that failed."""
        step = len(self._result.trace)
        for mine in self._people:
            if (found := len(self._in_xero(mine))) > 1:
                self._violate(f"step {step}: {mine.number} is {found} times in Xero")
            for each in self._in_xero(mine):
                # A write gives dates and the sent mark in one call, so there is no moment in between. Who marks it as
                # sent on Xero's own pages leaves the placeholder; the sync then writes the dates.
                if each.sent and each.date.year == _PLACEHOLDER_YEAR and mine.document_id not in self._sent_by_hand:
                    self._violate(f"step {step}: {mine.number} is sent with a placeholder date")
        for each in self._server.failed:
            self._violate(f"step {step}: a workflow failed: {each}")

    def _violate(self, what: str) -> None:
        if what.partition(": ")[2] not in {each.partition(": ")[2] for each in self._result.violations}:
            self._result.violations.append(what)
            self._log(f"VIOLATED {what}")

    async def _compare(self) -> None:
        """Check at the end that both books agree on each document, or that a hold says why not."""
        self._check()
        for mine in self._people:
            in_sequence = await mine.in_sequence()
            link = await self._store.document(mine.ref)
            if link.hold is not None:
                self._result.held += 1
                continue
            if difference := _difference(in_sequence, self._in_xero(mine)):
                self._violate(f"step {len(self._result.trace)}: {mine.number} {difference}, and no hold says why")
            self._result.sent += bool(in_sequence and in_sequence["status"] == "SENT")
        if self._server.is_busy:
            self._violate(f"step {len(self._result.trace)}: something is still tried after days without a fault")


async def _until_done(act: Any, *given: str) -> None:
    """Let a person act, and press again where nothing seems to have happened."""
    for _ in range(_MOST_PRESSES):
        try:
            await act(*given)
        except (AssertionError, ValueError, httpx.HTTPError):
            await asyncio.sleep(1)
        else:
            return


def _difference(in_sequence: Any, in_xero: list[Any]) -> str:
    if in_sequence is None or len(in_xero) != 1:
        return f"is {len(in_xero)} times in Xero"
    (found,) = in_xero
    if (is_void := in_sequence["status"] == "VOIDED") or found.status == "VOIDED":
        return "" if is_void and found.status == "VOIDED" else f"is {in_sequence['status']} and {found.status}"
    if Decimal(in_sequence["grossTotal"]) != found.total:
        return f"is {in_sequence['grossTotal']} and {found.total}"
    if found.sent != (in_sequence["status"] == "SENT"):
        return f"is {in_sequence['status']}, sent in Xero {found.sent}"
    if found.sent and found.date.isoformat() != in_sequence["issueDate"]:
        return f"is dated {in_sequence['issueDate']} and {found.date}"
    return ""
