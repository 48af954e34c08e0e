"""`starter.py` as a person runs it: a process of its own, in a folder of its own."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STARTER = ROOT / "starter.py"
WORKER = ROOT / "worker.py"
OURS = ("XEROSYNC_", "TEMPORAL_")


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    """Return what a process is to see: the machine's own, and of our settings only those given."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | dict(settings)


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
    *arguments: str, folder: Path, settings: Mapping[str, str] | None = None, script: Path = STARTER
) -> AsyncGenerator[Program]:
    """Run it in a folder; whatever happens, it is gone after the block, and with it its children."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, script, *arguments),
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
    *arguments: str, folder: Path, settings: Mapping[str, str] | None = None, script: Path = STARTER
) -> Ended:
    """Run it to its end."""
    async with running(*arguments, folder=folder, settings=settings, script=script) as program:
        return await program.end()
