"""Processes of the product, each started again whenever it dies by a signal, as an orchestrator would."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psutil

from standins.embedded.processes import Child, Plan, last_words
from xerosync.faultpoints import VARIABLE, FaultPoint

_ROOT = Path(__file__).parents[2]
_LOOK_SECONDS = 0.05
_GRACE_SECONDS = 20.0


class Usage(NamedTuple):
    """What a process takes: memory in MB, and seconds of a processor since its start."""

    memory_mb: float
    processor_seconds: float


@dataclass
class Watched:
    """One process and its watch. `deaths` are the moments (UTC) when it was killed.

    With `may_end` it is started again also where it ended by itself, as one does whose database is away.
    """

    name: str
    folder: Path
    environment: Mapping[str, str]
    program: Sequence[str] = ("worker.py",)
    may_end: bool = False
    deaths: list[datetime] = field(default_factory=list[datetime])
    _child: Child | None = None
    _watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Watched":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, point: FaultPoint | None = None, marker: Path | None = None) -> None:
        """Start it, armed to die once at a point; `marker` tells that it did."""
        armed = {VARIABLE: f"{point}:{marker}" if point else ""}
        plan = Plan(
            name=self.name,
            command=(sys.executable, str(_ROOT / self.program[0]), *self.program[1:]),
            folder=self.folder,
            log=self.folder / f"{self.name}.log",
            lock=self.folder / f"{self.name}.lock",
            stop_signal=signal.SIGTERM,
            grace=_GRACE_SECONDS,
            environment={**self.environment, **armed, "XEROSYNC_LOG_FORMAT": "json"},
        )
        self._child = await Child.start(plan)
        self._watch = asyncio.create_task(self._start_anew(plan))

    async def _start_anew(self, plan: Plan) -> None:
        while self._child and not (self._child.has_ended and not (self._child.was_killed or self.may_end)):
            if self._child.has_ended:
                if self._child.was_killed:
                    self.deaths.append(datetime.now(UTC))
                self._child = await Child.start(plan)
            await asyncio.sleep(_LOOK_SECONDS)
        raise AssertionError(f"{self.name} ended by itself{last_words(plan.log)}")

    def usage(self) -> Usage | None:
        """Return what it takes; None while it is dead."""
        if self._child is None or self._child.has_ended:
            return None
        try:
            process = psutil.Process(self._child.pid)
            times = process.cpu_times()
            return Usage(process.memory_info().rss / 1e6, times.user + times.system)
        except psutil.NoSuchProcess:
            return None

    def kill(self) -> None:
        """End it at once, wherever it is; AssertionError where nobody would start it again."""
        if self._watch and self._watch.done():
            self._watch.result()
        if self._child:
            self._child.kill()

    async def stop(self, *, at_once: bool = False) -> None:
        """Stop it for good; AssertionError where it had ended by itself."""
        child, watch = self._child, self._watch
        self._child = self._watch = None
        if watch:
            broken = watch.done()
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
            assert not broken
        if child:
            if at_once:
                child.kill()
            await child.stop()
