"""Both stand-ins on uvicorn in this process, and their memory in files where a data folder is kept.

They hold everything in memory. What was in Xero must still be there when Temporal and PostgreSQL are found again
after a restart, so snapshots of both, and how far their clock was moved, are written at the end and, for the case
that there is no orderly end, every few seconds.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from starlette import status

from standins.clock import Clock
from standins.embedded.errors import EmbeddedError
from standins.embedded.ports import Ports
from standins.origins import Targets
from standins.sequence import Sequence, create_sequence
from standins.serving import serve
from standins.xero import Limits, Xero, create_xero

_SAVE_EVERY_SECONDS = 10.0
# A large state takes long to write: it is written less often, so that this never takes more than a twentieth.
_SHARE_OF_TIME = 20
_NOT_OFFERED = (status.HTTP_404_NOT_FOUND, status.HTTP_405_METHOD_NOT_ALLOWED)


@dataclass(frozen=True, slots=True)
class StandIns:
    """Where the two answer (no trailing slash) and, for use in this process, what is behind them."""

    xero_url: str
    sequence_url: str
    xero: Xero
    sequence: Sequence
    clock: Clock


@contextlib.asynccontextmanager
async def stand_ins(
    ports: Ports, folder: Path | None, *, limits: Limits | None = None, authentication: bool = False
) -> AsyncGenerator[StandIns]:
    """Serve both on one clock; with a `folder`, go on from the state in it and keep it there.

    Raises EmbeddedError when that state cannot be loaded or, at the end, kept, OSError when a port is taken meanwhile.
    """
    clock, targets = Clock(), Targets()
    xero = create_xero(clock=clock, limits=limits, authentication=authentication, targets=targets)
    sequence = create_sequence(clock=clock, authentication=authentication, targets=targets)
    async with (
        serve(xero, ports.take("xero")) as xero_served,
        serve(sequence, ports.take("sequence")) as sequence_served,
    ):
        targets.add_stack_ports(*ports.of_servers())
        running = StandIns(xero_served.url, sequence_served.url, xero.state.xero, sequence.state.sequence, clock)
        if folder is None:
            yield running
            return
        async with httpx.AsyncClient(timeout=None, trust_env=False) as http:  # noqa: S113 - as long as it takes
            memories = (
                _Memory(http, "Xero", f"{xero_served.url}/_sandbox", folder / "xero.json"),
                # After the organisations, which grants and connections name.
                _Memory(http, "Xero", f"{xero_served.url}/_sandbox/identity", folder / "identity.json"),
                _Memory(http, "Sequence", f"{sequence_served.url}/_sandbox", folder / "sequence.json"),
            )
            async with _kept(clock, folder / "clock.json", memories):
                yield running


@dataclass(frozen=True, slots=True)
class _Memory:
    """A part of a stand-in's state that offers `snapshot` and `load` under `controls`, and the file it is kept in."""

    http: httpx.AsyncClient
    name: str
    controls: str
    file: Path

    async def load(self) -> None:
        state = _read(self.file)
        if state is None:
            return
        answer = await self.http.post(f"{self.controls}/load", content=state)
        if answer.is_error:
            raise EmbeddedError(
                f"the {self.name} stand-in cannot go on from {self.file}; "
                f"move the file away to begin without it: {answer.text[:300]}"
            )

    async def save(self) -> None:
        answer = await self.http.get(f"{self.controls}/snapshot")
        if answer.status_code in _NOT_OFFERED:
            return
        if answer.is_error:
            raise EmbeddedError(
                f"the {self.name} stand-in gives no snapshot (HTTP {answer.status_code}): "
                f"{self.file} is as it was before"
            )
        _write(self.file, answer.content)


@contextlib.asynccontextmanager
async def _kept(clock: Clock, clock_file: Path, memories: tuple[_Memory, ...]) -> AsyncGenerator[None]:
    moved = _read(clock_file)
    if moved is not None:
        clock.advance(timedelta(seconds=json.loads(moved)["ahead_seconds"]))
    for memory in memories:
        await memory.load()

    async def save_clock() -> None:
        ahead = (clock.now() - datetime.now(UTC)).total_seconds()
        _write(clock_file, json.dumps({"ahead_seconds": round(ahead, 3)}).encode())

    async def save() -> None:
        failed: list[EmbeddedError] = []
        for save_one in (*(memory.save for memory in memories), save_clock):
            try:
                await save_one()
            except EmbeddedError as error:
                # The others are kept all the same.
                failed.append(error)
        if failed:
            raise failed[0]

    async def save_now_and_then() -> None:
        pause = _SAVE_EVERY_SECONDS
        while True:
            await asyncio.sleep(pause)
            began = time.monotonic()
            # A disk that is full now may not be at the end, and the last save is the one that must not fail.
            with contextlib.suppress(EmbeddedError, httpx.HTTPError):
                await save()
            pause = max(_SAVE_EVERY_SECONDS, _SHARE_OF_TIME * (time.monotonic() - began))

    saving = asyncio.create_task(save_now_and_then(), name="save the stand-ins")
    try:
        yield
    finally:
        saving.cancel()
        await asyncio.wait({saving})
        await save()


def _read(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


def _write(file: Path, state: bytes) -> None:
    # Renamed when whole: a crash in the middle leaves the state before.
    unfinished = file.with_suffix(".unfinished")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(state)
        unfinished.replace(file)
    except OSError as error:
        raise EmbeddedError(f"cannot write {file}, which is as it was before: {error}") from error
