"""Temporal and PostgreSQL, started side by side in one data folder.

Layout of the folder:
    lock            held by the process that owns the folder
    ports.json      the ports, kept from one start to the next
    temporal/       the SQLite file
    postgres/       the database's files, its password
    logs/           what the two had to say
    stand-ins/      what Xero and Sequence hold (`standins`)
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from standins.embedded.errors import EmbeddedError, in_one_sentence
from standins.embedded.keeping import Keeper
from standins.embedded.ports import Ports
from standins.embedded.postgres import postgres_server, usable_postgres
from standins.embedded.temporal import temporal_server

# Everybody may pass through a temporary folder of root's: PostgreSQL runs under another account.
_PASS_THROUGH = 0o711

_First = TypeVar("_First")
_Second = TypeVar("_Second")


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    """Where the two answer, and the folder they keep their data in (gone at the end if it was temporary)."""

    database_url: str
    temporal_address: str
    temporal_ui_url: str
    data_dir: Path
    ports: Ports = field(compare=False, repr=False)

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls,
        data_dir: Path | None,
        search_attributes: Mapping[str, str],
        *,
        fresh: bool = False,
        keeper: Keeper | None = None,
    ) -> AsyncGenerator["EmbeddedServers"]:
        """Run both until the block ends; `data_dir` None means a temporary folder, removed at the end.

        `fresh` empties the folder first, once it is certain that nobody else uses it. A `keeper` starts again what
        ends.

        `search_attributes` maps names to Temporal's types, such as {"XeroHold": "Keyword"}. One folder has one
        owner at a time. Raises EmbeddedError, one sentence, with nothing left running.
        """
        async with contextlib.AsyncExitStack() as held:
            folder = held.enter_context(_data_folder(data_dir))
            held.enter_context(_owned(folder))
            if fresh:
                _empty(folder)
            ports, logs = Ports(folder / "ports.json"), folder / "logs"
            with in_one_sentence(folder):
                postgres = await usable_postgres(folder / "postgres", logs / "postgres.log")
                temporal, database_url = await _side_by_side(
                    held,
                    temporal_server(
                        folder / "temporal", ports, logs / "temporal.log", search_attributes, keeper=keeper
                    ),
                    postgres_server(
                        postgres,
                        folder / "postgres",
                        ports,
                        logs / "postgres.log",
                        durable=data_dir is not None,
                        keeper=keeper,
                    ),
                )
            yield cls(database_url, temporal.address, temporal.ui_url, folder, ports)


async def _side_by_side(
    held: contextlib.AsyncExitStack,
    first: contextlib.AbstractAsyncContextManager[_First],
    second: contextlib.AbstractAsyncContextManager[_Second],
) -> tuple[_First, _Second]:
    """Enter both at once; if one fails, the other is waited for and then stopped by `held`."""
    one, two = await asyncio.gather(
        held.enter_async_context(first), held.enter_async_context(second), return_exceptions=True
    )
    if isinstance(one, BaseException):
        raise one
    if isinstance(two, BaseException):
        raise two
    return one, two


@contextlib.contextmanager
def _data_folder(data_dir: Path | None) -> Generator[Path]:
    if data_dir is not None:
        with in_one_sentence(data_dir):
            data_dir.mkdir(parents=True, exist_ok=True)
        yield data_dir.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="xerosync-")).resolve()
    if os.geteuid() == 0:
        folder.chmod(_PASS_THROUGH)
    try:
        yield folder
    except EmbeddedError:
        # Its message names a log in this folder.
        raise
    except BaseException:
        shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)


@contextlib.contextmanager
def _owned(folder: Path) -> Generator[None]:
    # The kernel lets go of the lock when its holder dies, however it dies.
    with in_one_sentence(folder):
        file = (folder / "lock").open("a+")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise EmbeddedError(
                f"the data folder {folder} is in use by process {file.read().strip()}: stop that one first"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _empty(folder: Path) -> None:
    with in_one_sentence(folder):
        for entry in folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "lock":
                entry.unlink()
