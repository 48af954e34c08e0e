"""`starter.py` as a person runs it: a process of its own, in a folder of its own."""

import asyncio
import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xerosync.faultpoints import VARIABLE, FaultPoint

ROOT = Path(__file__).parents[2]
STARTER = ROOT / "starter.py"
WORKER = ROOT / "worker.py"
_WARM = Path(__file__).with_name("warm.py")
OURS = ("XEROSYNC_", "TEMPORAL_")
PYTHONS = "PYTHON"
"""A machine may set PYTHONUNBUFFERED, which hides that something is not written when it should be."""
WIDTH = "COLUMNS"
"""A test that needs a width sets it."""


@functools.cache
def _keeper() -> tuple[Path, subprocess.Popen[bytes]]:
    """Start who forks commands off (`warm.py`), once a run; return its door, and it. It ends with this process."""
    door = Path(tempfile.mkdtemp(prefix="xerosync-")) / "door"
    keep = (sys.executable, str(_WARM), "keep", str(door))
    keeper = subprocess.Popen(keep, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert keeper.stdout
    assert keeper.stdout.readline(), "the keeper of commands did not start"
    return door, keeper


def command(*arguments: str) -> tuple[str, ...]:
    """Return what to execute in place of `python starter.py ARGUMENT …`: the same, without the wait for imports."""
    return (sys.executable, "-S", str(_WARM), "run", str(_keeper()[0]), *arguments)


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    """Return what a process is to see: the machine's own, and of our settings only those given."""
    others = {name: value for name, value in os.environ.items() if not name.startswith((*OURS, PYTHONS, WIDTH))}
    return others | dict(settings)


@dataclass(frozen=True)
class Ended:
    """What a program said before it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@dataclass
class Program:
    """A running program."""

    process: asyncio.subprocess.Process

    async def line(self) -> str:
        """Return the next line that it prints."""
        assert self.process.stdout
        return (await self.process.stdout.readline()).decode()

    async def errors_until(self, words: str) -> str:
        """Return what it writes to standard error, up to a line with these words or its end."""
        assert self.process.stderr
        said: list[str] = []
        async for line in self.process.stderr:
            said.append(line.decode())
            if words in said[-1]:
                break
        return "".join(said)

    async def end(self) -> Ended:
        """Wait for its end."""
        out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return Ended(self.process.returncode, out.decode(), err.decode())

    async def stop(self) -> Ended:
        """Ask it to end, as an orchestrator or a terminal would."""
        self.process.send_signal(signal.SIGTERM)
        return await self.end()


@contextlib.asynccontextmanager
async def running(
    *arguments: str, folder: Path, settings: Mapping[str, str] | None = None, script: Path | None = None
) -> AsyncGenerator[Program]:
    """Run it, or another script, in a folder; after the block it is gone, and with it its children."""
    process = await asyncio.create_subprocess_exec(
        *((sys.executable, script, *arguments) if script else command(*arguments)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env=environment_of(settings or {}),
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def run(
    *arguments: str, folder: Path, settings: Mapping[str, str] | None = None, script: Path | None = None
) -> Ended:
    """Run it to its end."""
    async with running(*arguments, folder=folder, settings=settings, script=script) as program:
        return await program.end()


async def killed(settings: Mapping[str, str], point: FaultPoint, folder: Path, *arguments: str) -> None:
    """Run a command that dies at a point."""
    environment = environment_of({**settings, VARIABLE: f"{point}:{folder / 'died'}"})
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(STARTER), *arguments, cwd=folder, env={**environment, "PYTHONPATH": str(ROOT)}
    )
    assert await process.wait() == -signal.SIGKILL
