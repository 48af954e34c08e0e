"""The embedded Temporal and PostgreSQL: data that is found again, owners that die, nothing left behind."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest
from temporalio.client import Client

from standins.embedded import EmbeddedError, EmbeddedServers, EmbeddedStack, Keeper
from standins.embedded.keeping import kept
from standins.embedded.processes import Child, Plan, stop_orphan
from tests import embedded_owner
from tests.chaos.workers import Watched
from tests.patience import PATIENCE, until

ROOT = Path(__file__).parents[2]
STAYS = ("/bin/sh", "-c", "echo here; exec sleep 600")


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    me = psutil.Process()
    before = set(me.children())
    yield
    assert set(me.children()) <= before


@contextlib.contextmanager
def an_owner(folder: Path, sql: str = "SELECT 1") -> Iterator[tuple[subprocess.Popen[str], dict[str, object]]]:
    """Another process with servers on `folder`, and what it says about them; killed at the end if it still runs."""
    with subprocess.Popen(
        [sys.executable, embedded_owner.__file__, str(folder), sql],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            assert process.stdout
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


@contextlib.contextmanager
def running(*command: str, user: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has printed its first line; killed at the end."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, user=user) as process:
        try:
            assert process.stdout
            assert process.stdout.readline()
            yield process
        finally:
            process.kill()


async def ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def are_gone(processes: list[int]) -> None:
    """Wait until none of them runs, by kernel event and not by a clock."""
    for pid in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            await asyncio.to_thread(psutil.Process(pid).wait, PATIENCE)


async def test_what_was_kept_is_found_again_on_the_same_ports(tmp_path: Path) -> None:
    workflow_id = str(uuid.uuid4())
    async with EmbeddedServers.start(tmp_path, {"First": "Keyword"}) as first:
        await ask(first.database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        client = await Client.connect(first.temporal_address)
        await client.start_workflow("AnyWorkflow", id=workflow_id, task_queue="nobody")

    async with EmbeddedServers.start(tmp_path, {"First": "Keyword", "Second": "Keyword"}) as again:
        assert again == first
        assert await ask(again.database_url, "SELECT answer FROM kept") == 42
        client = await Client.connect(again.temporal_address)
        assert (await client.get_workflow_handle(workflow_id).describe()).workflow_type == "AnyWorkflow"
        # An attribute that came later can be asked for too.
        assert (await client.count_workflows("First IS NULL AND Second IS NULL")).count >= 0
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            assert "<html" in (await http.get(again.temporal_ui_url)).text.lower()


async def test_two_stacks_side_by_side_do_not_meet() -> None:
    async with EmbeddedServers.start(None, {}) as one, EmbeddedServers.start(None, {}) as two:
        await ask(one.database_url, "CREATE TABLE only_here ()")
        assert await ask(two.database_url, "SELECT to_regclass('only_here')") is None
        assert one.temporal_address != two.temporal_address
    assert not one.data_dir.exists()
    assert not two.data_dir.exists()


async def test_the_database_wants_its_password(embedded: EmbeddedServers) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(embedded.database_url, password="another")


async def test_a_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    with an_owner(tmp_path) as (owner, _):
        with pytest.raises(EmbeddedError, match=f"in use by process {owner.pid}: stop that one first"):
            async with EmbeddedServers.start(tmp_path, {}):
                pass
        owner.terminate()
        assert await asyncio.to_thread(owner.wait, PATIENCE) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its owner died")
async def test_children_of_a_killed_owner_end_by_themselves(tmp_path: Path) -> None:
    with an_owner(tmp_path) as (owner, said):
        assert psutil.pid_exists(said["children"][0])
        owner.kill()
        await are_gone(said["children"])


async def test_servers_start_at_once_after_their_owner_was_killed(tmp_path: Path) -> None:
    with an_owner(tmp_path, "CREATE TABLE kept AS SELECT 8 AS answer") as (owner, said):
        owner.kill()
        await asyncio.to_thread(owner.wait)
        async with EmbeddedServers.start(tmp_path, {}) as servers:
            assert await ask(servers.database_url, "SELECT answer FROM kept") == 8
        await are_gone(said["children"])


async def test_what_a_dead_owner_left_running_is_stopped_by_its_id(tmp_path: Path) -> None:
    plan = Plan(
        name="Sleeper",
        command=STAYS,
        folder=tmp_path,
        log=tmp_path / "log",
        lock=tmp_path / "lock",
        stop_signal=signal.SIGTERM,
        grace=5,
    )
    with running(*plan.launch()) as left_behind:
        await stop_orphan(plan)
        assert left_behind.wait() == -signal.SIGTERM


async def test_a_process_id_used_again_does_not_keep_postgres_from_starting(tmp_path: Path) -> None:
    async with EmbeddedServers.start(tmp_path, {}) as servers:
        await ask(servers.database_url, "CREATE TABLE kept ()")
    data = tmp_path / "postgres" / "data"
    account = data.stat().st_uid
    with running(*STAYS, user=account) as stranger:
        (data / "postmaster.pid").write_text(f"{stranger.pid}\n{data}\n")
        async with EmbeddedServers.start(tmp_path, {}) as servers:
            assert await ask(servers.database_url, "SELECT to_regclass('kept')")
        assert stranger.poll() is None


async def test_a_start_that_fails_says_why_and_leaves_nothing_running(tmp_path: Path) -> None:
    data = tmp_path / "postgres" / "data"
    async with EmbeddedServers.start(tmp_path, {}):
        pass
    (data / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(
        EmbeddedError, match=r"^PostgreSQL ended with status 1 while starting: .+ \(see .+postgres.log\)$"
    ):
        async with EmbeddedServers.start(tmp_path, {}):
            pytest.fail("started on data of another version")


async def test_a_server_that_ends_again_and_again_or_that_can_not_be_started_is_given_up(tmp_path: Path) -> None:
    plan = Plan(
        name="PostgreSQL",
        command=("/bin/sh", "-c", "echo no room; exit 3"),
        folder=tmp_path,
        log=tmp_path / "log",
        lock=tmp_path / "server.lock",
        stop_signal=signal.SIGTERM,
        grace=PATIENCE,
    )

    async def refused() -> Child:
        raise EmbeddedError("its port is taken")

    ended = f"PostgreSQL ended with status 3: no room (see {plan.log})"
    said: list[str] = []
    for start_again, why in (
        (lambda: Child.start(plan), f"{ended}, 3 times within a minute"),
        (refused, f"{ended}. It can't be started again: its port is taken"),
    ):
        keeper = Keeper(said.append, most_ends=3)
        async with kept(await Child.start(plan), start_again, keeper):
            with pytest.raises(EmbeddedError) as given_up:
                await keeper.until_one_is_given_up()
        assert str(given_up.value) == why
    assert said == [f"{ended}. It is started again."] * 3


async def test_ctrl_c_in_the_terminal_reaches_the_owner_only(embedded: EmbeddedServers) -> None:
    assert embedded
    for child in psutil.Process().children():
        if child.name() in {"temporal", "postgres"}:
            assert os.getsid(child.pid) == child.pid


async def test_a_whole_stack_answers_and_finds_its_stand_ins_again(tmp_path: Path) -> None:
    async with EmbeddedStack.start(tmp_path, {}) as first, httpx.AsyncClient(timeout=PATIENCE) as http:
        account = (await http.get(f"{first.sequence_url}/_sandbox/accounts")).json()
        assert (await http.get(f"{first.xero_url}/api.xro/2.0/Organisation")).is_success
        first.clock.advance(timedelta(days=30))

    async with EmbeddedStack.start(tmp_path, {}) as again, httpx.AsyncClient(timeout=PATIENCE) as http:
        assert (again.xero_url, again.sequence_url) == (first.xero_url, first.sequence_url)
        assert (await http.get(f"{again.sequence_url}/_sandbox/accounts")).json() == account
        assert timedelta(days=29) < again.clock.now() - datetime.now(UTC) < timedelta(days=31)


async def test_a_process_of_the_chaos_that_is_killed_is_started_again_and_one_that_ends_is_told(tmp_path: Path) -> None:
    script, log = tmp_path / "stays.py", tmp_path / "it.log"
    script.write_text("import time; print('here', flush=True); time.sleep(600)")

    async def starts(count: int) -> bool:
        return log.read_text().count("here") == count

    async with Watched("it", tmp_path, {}, program=(str(script),)) as it:
        for killed in range(3):
            await until(lambda killed=killed: starts(killed + 1))
            it.kill()
        await until(lambda: starts(4))
        assert len(it.deaths) == 3
    script.write_text("print('here')")
    ends = Watched("it", tmp_path, {}, program=(str(script),))
    await ends.start()
    told: list[str] = []

    async def is_told() -> bool:
        if ends.usage() is None:
            try:
                ends.kill()
            except AssertionError as error:
                told.append(str(error))
        return bool(told)

    await until(is_told)
    assert told[0].startswith("it ended by itself: here")
