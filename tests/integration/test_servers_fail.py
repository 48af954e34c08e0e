"""PostgreSQL and Temporal fail, and the edge's disk is full: each raises one alert that names its cause, each ends by
itself once the fault is over, and nothing is lost or doubled.

Worker and edge are processes of their own, and Prometheus reads them with the rules and at the pace of production.
Each test writes how long it took to a file `servers_fail.txt` of pytest's folder.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
import pytest

from demo.connect_standins import hook_stand_ins
from standins.embedded.ports import EDGE, LOOPBACK
from tests.alerts.prometheus import a_prometheus, needs_prometheus
from tests.alerts.promtool import scraped
from tests.chaos.workers import Watched
from tests.integration.conftest import a_worker_role
from tests.integration.office import Office, open_office
from tests.integration.own_servers import OwnServers, fill, may_mount, own_servers, small_disk
from tests.patience import PATIENCE, until
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.errors import XerosyncError
from xerosync.documents.messages import SyncState

pytestmark = [pytest.mark.slow, needs_prometheus]
BILLED = 30
"""Documents at most that are billed during one fault."""
EVERY_SECONDS = 2.0
DATABASE_MB, SERVER_MB, LOG_MB = 64, 384, 2


@dataclass
class Drill:
    """The product at work, watched."""

    office: Office
    servers: OwnServers
    disk: Path | None
    log: Path
    metrics: dict[str, httpx.AsyncClient]
    prometheus: httpx.AsyncClient
    report: Path
    customer_id: str
    sent: list[DocumentRef] = field(default_factory=list[DocumentRef])
    waiting: list[DocumentRef] = field(default_factory=list[DocumentRef])
    fired: set[str] = field(default_factory=set[str])

    async def bill(self) -> None:
        """Finalize documents, and send every third; the companies' webhooks tell the edge."""
        for place in range(BILLED):
            ref = await self.office.final(self.customer_id, Kind.CREDIT_NOTE if place % 4 == 3 else Kind.INVOICE)
            if place % 3 == 0:
                await self.office.act(ref, "send")
            (self.sent if place % 3 == 0 else self.waiting).append(ref)
            await asyncio.sleep(EVERY_SECONDS)

    async def firing(self) -> set[str]:
        answer = (await self.prometheus.get("/api/v1/alerts")).raise_for_status().json()
        now = {each["labels"]["alertname"] for each in answer["data"]["alerts"] if each["state"] == "firing"}
        self.fired |= now
        return now

    async def is_seen(self) -> bool:
        """Whether a process itself shows that something is wrong."""
        for client in self.metrics.values():
            figures = scraped((await client.get("/metrics")).text)
            troubles = ("xerosync_database_failures_total", "xerosync_log_lines_lost_total")
            if any(value for name, value in figures.items() if name.startswith(troubles)):
                return True
            if any(value == 0 for name, value in figures.items() if name.startswith("xerosync_reaches")):
                return True
        return False

    async def is_done(self) -> bool:
        """Whether every document is as it should be by now."""
        try:
            links = [await self.office.link(ref) for ref in (*self.sent, *self.waiting)]
        except XerosyncError:
            return False
        states = [link.state for link in links]
        return states == [*[SyncState.SETTLED] * len(self.sent), *[SyncState.PUSHED] * len(self.waiting)]

    async def play(
        self, name: str, alert: str, begin: Callable[[], Awaitable[object]], end: Callable[[], Awaitable[object]]
    ) -> None:
        """Let a fault begin while documents come, wait for its alert, end it, wait until all is done; then compare."""
        assert await self.firing() == set()
        clock = time.monotonic
        billing = asyncio.create_task(self.bill())
        await asyncio.sleep(2 * EVERY_SECONDS)
        began = clock()
        await begin()
        await until(self.is_seen, every=0.2)
        seen = clock() - began

        async def is_alarmed() -> bool:
            return alert in await self.firing()

        await until(is_alarmed, every=0.5)
        alarmed = clock() - began
        await billing
        ended = clock()
        await end()
        await until(self._done_watching, seconds=2 * PATIENCE, every=0.5)
        well = clock() - ended
        for _ in range(8):
            # What is late to fire, or fires for what comes after the fault, is seen here.
            await self.firing()
            await asyncio.sleep(5)
        load = os.getloadavg()[0]
        with self.report.open("a") as report:
            report.write(
                f"{name}: seen after {seen:.0f} s, alarmed after {alarmed:.0f} s, lasted {ended - began:.0f} s, all "
                f"{BILLED} documents right {well:.0f} s after it; load {load:.1f}; alerts {sorted(self.fired)}\n"
            )
        assert self.fired == {alert}
        await self.office.assert_once(self.sent, sent=True)
        await self.office.assert_once(self.waiting, sent=False)
        for kind in Kind:
            assert [number for number, rows in (await self.office.in_xero(kind)).items() if len(rows) > 1] == []

    async def _done_watching(self) -> bool:
        await self.firing()
        return await self.is_done()


@pytest.fixture
def entered(tmp_path: Path) -> Path:
    """A folder that PostgreSQL's own account may pass through."""
    tmp_path.chmod(0o711)
    return tmp_path


@pytest.fixture
async def drill(entered: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Drill]:
    tmp_path = entered
    async with contextlib.AsyncExitStack() as held:
        has_disks = may_mount(tmp_path / "trial")
        disk = held.enter_context(small_disk(tmp_path / "disk", DATABASE_MB)) if has_disks else None
        logs = held.enter_context(small_disk(tmp_path / "edge", LOG_MB)) if has_disks else tmp_path / "edge"
        logs.mkdir(exist_ok=True)
        home = tmp_path / "servers"
        home.mkdir(mode=0o711)
        if has_disks:
            held.enter_context(small_disk(home / "postgres", SERVER_MB))
        servers = await held.enter_async_context(own_servers(home))
        if disk:
            await _move_to(disk, servers)
        worker_url = await a_worker_role(servers.embedded)
        port = servers.ports.take(EDGE)
        names = {"worker": servers.ports.take("worker metrics"), "edge": servers.ports.take("edge metrics")}
        more = {"XEROSYNC_SERVE_PORT": f"{port}", "XEROSYNC_PUBLIC_URL": f"http://localhost:{port}"}
        office = await held.enter_async_context(
            open_office(servers.embedded, worker_url, owner_url=servers.database_url, works=False, **more)
        )
        for name, program in {"worker": ("worker.py",), "edge": ("starter.py", "serve")}.items():
            own = {**office.environment, "XEROSYNC_METRICS_PORT": f"{names[name]}"}
            folder = logs if name == "edge" else tmp_path
            await held.enter_async_context(Watched(name, folder, own, program=program, may_end=True))
        clients = {
            name: await held.enter_async_context(
                httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{each}", trust_env=False, timeout=PATIENCE)
            )
            for name, each in names.items()
        }
        for client in clients.values():
            await until(lambda client=client: _answers(client))
        await hook_stand_ins(office.services, office.people, more["XEROSYNC_PUBLIC_URL"])
        watching = a_prometheus(
            tmp_path / "prometheus", servers.ports.take("prometheus"), {"xerosync": list(names.values())}
        )
        yield Drill(
            office=office,
            servers=servers,
            disk=disk,
            log=logs / "edge.log",
            metrics=clients,
            prometheus=await held.enter_async_context(watching),
            report=tmp_path_factory.getbasetemp() / "servers_fail.txt",
            customer_id=await office.customer(),
        )


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/metrics")).is_success
    except httpx.TransportError:
        return False


async def _move_to(disk: Path, servers: OwnServers) -> None:
    """Put the database, but not PostgreSQL's log of writes, on a disk of its own."""
    account = (await servers.installation()).account
    folder = disk / "tablespace"
    folder.mkdir()
    if account:
        account.give(folder)
    server = await asyncpg.connect(servers.database_url.rpartition("/")[0] + "/postgres")
    await server.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
    await server.execute("ALTER DATABASE xerosync SET TABLESPACE small")
    await server.close()


async def test_postgresql_is_killed(drill: Drill) -> None:
    servers = drill.servers
    await drill.play("PostgreSQL killed", "DatabaseUnusable", servers.kill_postgres, servers.start_postgres)


async def test_temporal_is_killed(drill: Drill) -> None:
    servers = drill.servers
    await drill.play("Temporal killed", "TemporalUnreachable", servers.kill_temporal, servers.start_temporal)


async def test_postgresql_takes_no_writes(drill: Drill) -> None:
    async def set_to(value: str) -> None:
        server = await asyncpg.connect(drill.servers.database_url)
        await server.execute("SET default_transaction_read_only = off")
        await server.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        await server.execute("SELECT pg_reload_conf()")
        await server.close()

    await drill.play("PostgreSQL read-only", "DatabaseReadOnly", lambda: set_to("on"), lambda: set_to("off"))


async def test_postgresql_has_no_connection_left(drill: Drill) -> None:
    hog: list[asyncpg.Connection] = []

    async def take_all() -> None:
        # An operator's own: he may end others' connections, and takes what they had.
        operator = await asyncpg.connect(drill.servers.database_url)
        hog.append(operator)
        ours = "FROM pg_stat_activity WHERE usename = 'worker'"
        while True:
            await operator.execute(f"SELECT pg_terminate_backend(pid) {ours}")
            with contextlib.suppress(asyncpg.TooManyConnectionsError):
                while True:
                    hog.append(await asyncpg.connect(drill.servers.database_url))
            if not await operator.fetchval(f"SELECT count(*) {ours}"):
                return

    async def give_back() -> None:
        for each in hog:
            await each.close()

    await drill.play("PostgreSQL out of connections", "DatabaseOutOfConnections", take_all, give_back)


async def test_the_disk_of_postgresql_is_full(drill: Drill) -> None:
    if drill.disk is None:
        pytest.skip("this user may not mount a small disk")
    ballast = drill.disk / "ballast"

    async def fill_it() -> None:
        await asyncio.to_thread(fill, ballast)

    async def make_room() -> None:
        ballast.unlink()

    await drill.play("PostgreSQL's disk full", "DatabaseFull", fill_it, make_room)


async def test_postgresqls_log_of_writes_has_no_room(drill: Drill) -> None:
    if drill.disk is None:
        pytest.skip("this user may not mount a small disk")
    servers = drill.servers
    ballast = servers.folder / "postgres" / "ballast"

    async def fill_it() -> None:
        await asyncio.to_thread(fill, ballast)
        server = await asyncpg.connect(servers.database_url)
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            while True:
                await server.execute("SELECT pg_logical_emit_message(false, 'full', repeat('x', 4000000))")

    async def make_room() -> None:
        await asyncio.to_thread(ballast.unlink)
        await servers.start_postgres_again()

    await drill.play("PostgreSQL's log of writes full", "DatabaseUnusable", fill_it, make_room)


async def test_the_disk_of_the_edge_is_full(drill: Drill) -> None:
    if drill.disk is None:
        pytest.skip("this user may not mount a small disk")

    async def fill_it() -> None:
        await asyncio.to_thread(fill, drill.log)
        # Something to log: whoever forges is refused, and told of in a line.
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as stranger:
            url = f"{drill.office.environment['XEROSYNC_PUBLIC_URL']}/webhooks/sequence/{drill.office.account_id}"
            assert (await stranger.post(url, content=b"{}")).status_code == 401

    async def make_room() -> None:
        os.truncate(drill.log, 0)

    await drill.play("The edge's disk full", "LogLinesLost", fill_it, make_room)
