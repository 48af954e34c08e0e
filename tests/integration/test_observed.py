"""A worker as whoever runs it sees it from outside: probes, figures, lines; while Temporal and the database go away."""

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from temporalio.client import Client

from standins.embedded import EmbeddedServers
from tests.embedded_fixtures import a_namespace
from tests.integration.office import Office
from tests.integration.program import WORKER, Program, run, running
from tests.patience import PATIENCE, until
from tests.store.breaker import Breaker
from xerosync.core.documents import Kind
from xerosync.core.temporal import data_converter
from xerosync.documents.client import DocumentWorkflows
from xerosync.documents.messages import SyncState

PORTS = ("XEROSYNC_HEALTH_PORT", "XEROSYNC_METRICS_PORT", "XEROSYNC_TEMPORAL_METRICS_PORT")


@dataclass(frozen=True)
class Watched:
    """A worker in a process of its own, with a way to cut Temporal and the database off."""

    program: Program
    temporal: Breaker
    database: Breaker
    health: httpx.AsyncClient
    metrics: httpx.AsyncClient
    temporal_metrics: httpx.AsyncClient

    async def ready(self) -> tuple[int, dict[str, str]]:
        answer = await self.health.get("/readyz")
        return answer.status_code, answer.json()

    async def figures(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        answer = await self.metrics.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(answer.raise_for_status().text)
            for sample in family.samples
        }


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
async def settings(whole_office: Office, embedded: EmbeddedServers) -> dict[str, str]:
    """Settings of a worker beside the office's, in a namespace of its own: it takes none of the office's work."""
    return {
        **whole_office.environment,
        "TEMPORAL_NAMESPACE": await a_namespace(embedded),
        "XEROSYNC_LOG_FORMAT": "json",
        "XEROSYNC_SWEEP_INTERVAL": "PT12H",
    }


@pytest.fixture(scope="module")
async def worker(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    temporal = Breaker(f"http://{settings['TEMPORAL_ADDRESS']}")
    database = Breaker(settings["XEROSYNC_DATABASE_URL"])
    await temporal.mend()
    await database.mend()
    ports = [free_port() for _ in range(3)]
    own = {
        **settings,
        "TEMPORAL_ADDRESS": temporal.address,
        "XEROSYNC_DATABASE_URL": database.url.get_secret_value(),
        **{name: str(port) for name, port in zip(PORTS, ports, strict=True)},
    }
    clients = [
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE) for port in ports
    ]
    async with running(folder=tmp_path_factory.mktemp("worker"), settings=own, script=WORKER) as program:
        assert "worker started" in await program.errors_until("worker started")
        yield Watched(program, temporal, database, *clients)
        await temporal.cut()
        await database.cut()
    for client in clients:
        await client.aclose()


async def test_it_lives_and_is_ready(worker: Watched) -> None:
    assert (await worker.health.get("/healthz")).text == "ok\n"
    assert await worker.ready() == (200, {"database": "ok", "temporal": "ok"})


async def test_ours_and_temporals_figures_are_read_each_at_their_port(worker: Watched, office: Office) -> None:
    figures = await worker.figures()
    assert figures["xerosync_store_readable", ()] == 1
    assert figures["xerosync_reaches", (("what", "temporal"),)] == 1
    assert figures["xerosync_database_connections", (("use", "most"),)] == 10
    assert figures["xerosync_connected", (("account", office.account_id),)] == 1
    theirs = (await worker.temporal_metrics.get("/metrics")).text
    assert "temporal_num_pollers" in theirs
    assert "temporal_request_total" in theirs


async def test_no_label_names_a_person_or_a_document(worker: Watched, office: Office) -> None:
    customer_id = await office.customer("Ada Lovelace")
    ref = await office.draft(customer_id, Kind.INVOICE)
    answer = await worker.metrics.get("/metrics")
    for secret in ("Ada", customer_id, ref.document_id):
        assert secret not in answer.text


async def test_a_database_that_takes_no_writes_is_not_ready_and_lives(worker: Watched, office: Office) -> None:
    await alter(office, "ALTER ROLE CURRENT_USER SET default_transaction_read_only = on")
    try:
        # Sessions that were open keep what they began with; new ones have it.
        await worker.database.cut()
        await worker.database.mend()
        await until(lambda: says(worker, "database", "takes no writes"))
        assert (await worker.health.get("/healthz")).status_code == 200
        assert (await worker.ready())[0] == 503
        assert (await worker.figures())["xerosync_reaches", (("what", "database"),)] == 0
    finally:
        await alter(office, "ALTER ROLE CURRENT_USER RESET default_transaction_read_only")
    await worker.database.cut()
    await worker.database.mend()
    await until(lambda: is_ready(worker))


async def test_tables_that_another_version_needs_are_not_ready_and_a_cause_that_is_told(
    worker: Watched, embedded: EmbeddedServers
) -> None:
    owner = embedded.database_url
    await execute(owner, "INSERT INTO schema_migrations (number, name, digest) VALUES (9999, 'contract_old', '')")
    try:
        assert (await worker.ready())[0] == 503
        assert await says(worker, "database", "9999 contract_old")
        assert (await worker.figures())["xerosync_reaches", (("what", "database"),)] == 0
    finally:
        await execute(owner, "DELETE FROM schema_migrations WHERE number = 9999")
    assert (await worker.ready())[0] == 200


async def test_a_worker_keeps_as_many_documents_and_connections_as_it_is_set_to(
    settings: dict[str, str], office: Office, embedded: EmbeddedServers, tmp_path: Path
) -> None:
    most, documents = 10, 14
    ports = {name: str(free_port()) for name in PORTS}
    namespace = await a_namespace(embedded)
    most_of_each = {"XEROSYNC_CACHED_WORKFLOWS": f"{most}", "XEROSYNC_DATABASE_CONNECTIONS": "3"}
    own = {**settings, **ports, **most_of_each, "TEMPORAL_NAMESPACE": namespace}
    converter = data_converter(None)
    temporal = await Client.connect(settings["TEMPORAL_ADDRESS"], namespace=namespace, data_converter=converter)
    refs = await office.finals(documents)
    async with (
        running(folder=tmp_path, settings=own, script=WORKER),
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client,
    ):
        for ref in refs:
            await DocumentWorkflows(temporal).signal(ref, "finalized")
        await office.reach(refs, SyncState.PUSHED)
        theirs = (await client.get(f"http://127.0.0.1:{ports[PORTS[2]]}/metrics")).text
        ours = (await client.get(f"http://127.0.0.1:{ports[PORTS[1]]}/metrics")).text
    [in_memory] = re.findall(r"^temporal_sticky_cache_size\{.*\} (\d+)$", theirs, re.MULTILINE)
    assert 0 < int(in_memory) <= most
    assert 'xerosync_database_connections{use="most"} 3.0' in ours


async def test_a_database_that_is_away_is_told_in_figures_and_probes(worker: Watched) -> None:
    await worker.database.cut()
    await until(lambda: says(worker, "database", "did not answer"))
    await until(lambda: is_unread(worker))
    figures = await worker.figures()
    assert not [name for name, _ in figures if name.startswith("xerosync_documents")]
    await worker.database.mend()
    await until(lambda: is_ready(worker))


async def test_without_temporal_it_lives_says_so_and_writes_no_traceback(worker: Watched) -> None:
    await worker.temporal.cut()
    await until(lambda: says(worker, "temporal", "no answer"))
    assert (await worker.health.get("/healthz")).status_code == 200
    line = json.loads((await worker.program.errors_until('"logger": "temporalio.core"')).splitlines()[-1])
    assert line["level"] in ("warning", "error")
    assert line["target"].startswith("temporal")
    await worker.temporal.mend()
    await until(lambda: is_ready(worker))
    ended = await worker.program.stop()
    assert ended.code == 0
    lines = ended.err.splitlines()
    assert lines
    assert not [line for line in lines if not line.startswith("{")], ended.err
    assert "Traceback" not in ended.err


async def test_a_worker_that_starts_without_temporal_says_so_in_one_line(
    settings: dict[str, str], tmp_path: Path
) -> None:
    ended = await run(folder=tmp_path, settings={**settings, "TEMPORAL_ADDRESS": "127.0.0.1:9"}, script=WORKER)
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert ended.err.startswith("Temporal does not answer at 127.0.0.1:9")


async def test_a_port_for_temporals_figures_that_is_taken_is_told_in_one_line(
    settings: dict[str, str], tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = await run(
            folder=tmp_path, settings={**settings, "XEROSYNC_TEMPORAL_METRICS_PORT": str(port)}, script=WORKER
        )
    assert ended.code == 2
    assert ended.err.startswith(f"XEROSYNC_TEMPORAL_METRICS_PORT is {port} on 127.0.0.1")


async def test_two_workers_of_a_host_differ_by_their_ports_alone_and_one_that_takes_anothers_says_so(
    settings: dict[str, str], tmp_path: Path
) -> None:
    one, other, third = ({name: str(free_port()) for name in PORTS} for _ in range(3))
    async with contextlib.AsyncExitStack() as held:
        for ports in (one, other):
            folder = tmp_path / ports[PORTS[0]]
            folder.mkdir()
            program = await held.enter_async_context(
                running(folder=folder, settings={**settings, **ports}, script=WORKER)
            )
            assert "worker started" in await program.errors_until("worker started")
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            for ports in (one, other):
                health, ours, theirs = (f"http://127.0.0.1:{ports[name]}" for name in PORTS)
                assert (await client.get(f"{health}/readyz")).status_code == 200
                assert "xerosync_store_readable 1.0" in (await client.get(f"{ours}/metrics")).text
                assert "temporal_num_pollers" in (await client.get(f"{theirs}/metrics")).text
        for name in PORTS:
            ended = await run(folder=tmp_path, settings={**settings, **third, name: one[name]}, script=WORKER)
            assert ended.code == 2
            assert ended.err.startswith(f"{name} is {one[name]} on 127.0.0.1, which can't be had")
            assert ended.err.count("\n") == 1


async def alter(office: Office, sql: str) -> None:
    await execute(office.environment["XEROSYNC_DATABASE_URL"], sql)


async def execute(database_url: str, sql: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SET default_transaction_read_only = off")
        await connection.execute(sql)
    finally:
        await connection.close()


async def says(worker: Watched, part: str, words: str) -> bool:
    return words in (await worker.ready())[1][part]


async def is_ready(worker: Watched) -> bool:
    return (await worker.ready())[0] == 200


async def is_unread(worker: Watched) -> bool:
    await asyncio.sleep(0)
    return (await worker.figures())["xerosync_store_readable", ()] == 0
