"""The flood: senders, copies of the edge that die, a database and a Temporal that come and go; then the count."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any, Protocol

import asyncpg
import httpx
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from standins.embedded.ports import LOOPBACK, Ports
from tests.chaos.workers import Usage, Watched
from tests.flood.deliveries import ACCOUNTS, FORGED, Acknowledged, Sent, account, deliveries, tenant
from tests.flood.plan import Findings, Plan
from tests.flood.sender import Sender, Tally
from tests.patience import PATIENCE, until
from tests.store.samples import connection
from tests.web.signing import SECRET
from xerosync.core.documents import DocumentRef, Kind
from xerosync.documents.client import announced_sweep_id, document_workflow_id, keep_sweeping, sweep_runs
from xerosync.postgres import Cipher, PostgresStore, PostgresWebhookSecrets, open_database

_WINDOW = 500
"""Deliveries that are shuffled among each other."""

_TOLD = 20
"""Parts of a flood, after each of which it is told how far it is."""

_SWEEP_EVERY = timedelta(hours=6)


class Server(Protocol):
    """The database or Temporal, which may be stopped and started again where it was."""

    async def cut(self) -> None: ...

    async def mend(self) -> None: ...


@dataclass(frozen=True)
class _Moment:
    """How many deliveries were sent, and what each copy took until then."""

    sent: int
    usages: Sequence[Usage]

    @property
    def most_mb(self) -> float:
        return max(each.memory_mb for each in self.usages)

    @property
    def processor_seconds(self) -> float:
        return sum(each.processor_seconds for each in self.usages)


@dataclass
class Flood:
    """Where the flood takes place. `database_url` and `client` reach the servers past whatever cuts them off."""

    plan: Plan
    folder: Path
    environment: Mapping[str, str]
    database_url: str
    client: Client
    database: Server
    temporal: Server
    tell: Callable[[str], object] = str
    """Takes a line now and then that says how far it is."""

    def __post_init__(self) -> None:
        self._chance = random.Random(self.plan.seed)
        self._tally = Tally()
        self._progress = 0
        self._forged = 0
        self._are_killed = True
        self._is_ended = False
        self._next_at = 0.0
        self._undisturbed: _Moment | None = None

    def end(self) -> None:
        """Send no more, and count what was sent: for whoever can't wait."""
        self._is_ended = True

    async def run(self) -> Findings:
        """Send everything, wait until nothing is pending, and count."""
        await self._prepare()
        ports = Ports(self.folder / "edge-ports.json")
        places = [ports.take(f"copy {place}") for place in range(self.plan.copies)]
        copies = [
            Watched(
                f"edge-{port}",
                self.folder,
                {**self.environment, "XEROSYNC_SERVE_PORT": f"{port}", "XEROSYNC_TRUSTED_PROXIES": LOOPBACK},
                program=("starter.py", "serve"),
                may_end=True,
            )
            for port in places
        ]
        urls = [f"http://{LOOPBACK}:{port}" for port in places]
        try:
            for copy in copies:
                await copy.start()
            await asyncio.gather(*(_answers(url) for url in urls))
            loop = asyncio.get_running_loop()
            began = self._next_at = loop.time()
            async with asyncio.TaskGroup() as group:
                stream = self._stream()
                for _ in range(self.plan.senders):
                    group.create_task(self._send_all(Sender(urls, self._tally, self._chance), stream))
                group.create_task(self._kill(copies, urls))
                group.create_task(self._tell(copies))
                if self.plan.has_outages:
                    group.create_task(self._cut())
            seconds = loop.time() - began
            ended = self._moment(copies)
            await asyncio.gather(*(_answers(url) for url in urls))
            await until(self._nothing_is_pending, PATIENCE, every=0.2)
            return await self._count(seconds, sum(len(copy.deaths) for copy in copies), ended)
        finally:
            await asyncio.gather(*(copy.stop() for copy in copies))

    async def _prepare(self) -> None:
        cipher = Cipher([SecretStr(self.environment["XEROSYNC_TOKEN_KEYS"])])
        async with open_database(SecretStr(self.database_url)) as database:
            for place in range(ACCOUNTS):
                await PostgresStore(database).save_connection(connection(account(place), tenant(place)))
                await PostgresWebhookSecrets(database, cipher).add(account(place), "policy", SecretStr(SECRET))
                await keep_sweeping(self.client, account(place), _SWEEP_EVERY)

    def _stream(self) -> Iterator[Sent]:
        """Yield the deliveries out of order, some of them twice."""
        plan, window = self.plan, list[Sent]()
        for sent in deliveries(plan.seed, plan.deliveries, plan.documents, plan.forged_share):
            window += [sent] * (2 if self._chance.random() < plan.doubled_share else 1)
            if len(window) >= _WINDOW:
                self._chance.shuffle(window)
                yield from window
                window.clear()
        self._chance.shuffle(window)
        yield from window

    async def _send_all(self, sender: Sender, stream: Iterator[Sent]) -> None:
        loop = asyncio.get_running_loop()
        for sent in stream:
            if self._is_ended:
                break
            if self.plan.per_second:
                # Each has its own moment, whether those before it are answered or not.
                self._next_at = max(self._next_at, loop.time() - 1) + 1 / self.plan.per_second
                await asyncio.sleep(self._next_at - loop.time())
            await sender.send(sent)
            self._progress += 1
            self._forged += sent.is_forged
        sender.close()

    async def _reach(self, share: float) -> None:
        while self._progress < share * self.plan.deliveries and not self._is_ended:
            await asyncio.sleep(0.01)

    async def _kill(self, copies: Sequence[Watched], urls: Sequence[str]) -> None:
        for place in range(self.plan.kills):
            await self._reach((place + 0.5) / self.plan.kills * self.plan.rough_share)
            if self._is_ended:
                break
            victim = self._chance.randrange(len(copies))
            while not self._are_killed or not await _is_up(urls[victim]):
                await asyncio.sleep(0.05)
            copies[victim].kill()
        # From here on all live; those killed last fill first what they keep in memory.
        await asyncio.gather(*(_answers(url) for url in urls))
        await self._reach(self.plan.rough_share + 0.05 if self.plan.kills else 0.1)
        self._undisturbed = self._moment(copies)

    def _moment(self, copies: Sequence[Watched]) -> "_Moment":
        return _Moment(self._progress, [copy.usage() or Usage(0, 0) for copy in copies])

    async def _tell(self, copies: Sequence[Watched]) -> None:
        loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        for part in range(1, _TOLD):
            await self._reach(part / _TOLD)
            if self._is_ended:
                break
            usages = [copy.usage() for copy in copies]
            memory = ", ".join(f"{usage.memory_mb:.0f} MB" if usage else "dead" for usage in usages)
            killed = sum(len(copy.deaths) for copy in copies)
            self.tell(f"{loop.time() - began:6.0f} s  {self._progress:9,} sent, {killed:3} killed; copies: {memory}")

    async def _cut(self) -> None:
        """Take the one away, then the other, then both."""
        plan = self.plan
        outage = plan.rough_share / 6
        await self._reach(2 * outage)
        # A copy that starts needs the database: enough of them live on while it is away.
        self._are_killed = False
        await self.database.cut()
        await asyncio.gather(self._reach(3 * outage), asyncio.sleep(plan.outage_seconds))
        await self.database.mend()
        self._are_killed = True
        await self._reach(5 * outage)
        await self.temporal.cut()
        await asyncio.gather(self._reach(6 * outage), asyncio.sleep(plan.outage_seconds))
        await self.database.cut()
        await asyncio.sleep(min(plan.outage_seconds, 5.0))
        await self.database.mend()
        await self.temporal.mend()

    async def _nothing_is_pending(self) -> bool:
        return not await self._rows("SELECT 1 FROM deliveries WHERE outcome = 'pending' LIMIT 1")

    async def _rows(self, sql: str) -> list[Any]:
        database = await asyncpg.connect(self.database_url)
        try:
            return await database.fetch(sql)
        finally:
            await database.close()

    async def _count(self, seconds: float, kills: int, ended: "_Moment") -> Findings:
        tally, began = self._tally, self._undisturbed
        assert began
        kept = {row["digest"] for row in await self._rows("SELECT DISTINCT digest FROM deliveries")}
        dropped = await self._rows("SELECT * FROM deliveries WHERE outcome = 'dropped' AND act <> 'nothing'")
        forged = await self._rows(f"SELECT * FROM deliveries WHERE resource_id LIKE '{FORGED}-%'")
        direct = [sent for sent in tally.acknowledged if sent.digest not in kept]
        took = quantiles(tally.seconds, n=100) if len(tally.seconds) > 1 else [0.0] * 99
        return Findings(
            sent=self._progress,
            acknowledged=len(tally.acknowledged),
            forged=self._forged,
            kills=kills,
            not_in_inbox=len(direct),
            answers=dict(sorted(tally.answers.items())),
            seconds=seconds,
            p50_ms=took[49] * 1000,
            p99_ms=took[98] * 1000,
            first_mb=began.most_mb,
            last_mb=ended.most_mb,
            processor_ms=(ended.processor_seconds - began.processor_seconds) / (ended.sent - began.sent or 1) * 1000,
            lost=[*(f"dropped: {row}" for row in dropped), *await self._missing(kept, direct)],
            forged_accepted=[*(sent.path for sent in tally.forged_acknowledged), *(str(row) for row in forged)],
        )

    async def _missing(self, kept: set[bytes], direct: Sequence[Acknowledged]) -> list[str]:
        """Return the signals and sweeps that were acknowledged and that Temporal does not have.

        What Temporal got past the inbox it got one by one, what came by the inbox at least once.
        """
        owed = Counter((sent.account_id, sent.document_id, sent.signal) for sent in direct if sent.signal)
        by_inbox = {
            (sent.account_id, sent.document_id, sent.signal)
            for sent in self._tally.acknowledged
            if sent.signal and sent.digest in kept
        }
        owed.update(by_inbox)
        got: Counter[tuple[str, str, str | None]] = Counter()
        for account_id, document_id in {key[:2] for key in owed}:
            ref = DocumentRef(account_id=account_id, kind=Kind.INVOICE, document_id=document_id)
            handle = self.client.get_workflow_handle(document_workflow_id(ref))
            async for event in handle.fetch_history_events():
                if event.HasField("workflow_execution_signaled_event_attributes"):
                    name = event.workflow_execution_signaled_event_attributes.signal_name
                    got[account_id, document_id, name] += 1
        missing = [f"{key}: {times} acknowledged, {got[key]} there" for key, times in owed.items() if got[key] < times]
        # No worker runs: a sweep that was woken waits to begin, and will read what any hint was about.
        woken = {sent.account_id for sent in self._tally.acknowledged if sent.wakes_sweep}
        return missing + [f"the sweep of {each}" for each in woken if not await self._is_woken(each)]

    async def _is_woken(self, account_id: str) -> bool:
        """Whether the account's Schedule began a sweep, or one began for what only Temporal could keep."""
        if await sweep_runs(self.client, account_id):
            return True
        try:
            await self.client.get_workflow_handle(announced_sweep_id(account_id)).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True


async def _answers(url: str) -> None:
    await until(lambda: _is_up(url), PATIENCE)


async def _is_up(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        try:
            return (await client.get(f"{url}/healthz")).is_success
        except httpx.TransportError:
            return False
