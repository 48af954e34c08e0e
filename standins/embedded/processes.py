"""Child processes: started apart from the terminal, waited for until they answer, stopped in order.

A child holds a lock file for as long as it or anything it forked lives. That is how the next start knows for
certain whether something was left behind, and by which id to stop it: process ids alone are used again.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from standins.embedded import launcher
from standins.embedded.account import Account
from standins.embedded.errors import EmbeddedError

_POLL_SECONDS = 0.025
_KILL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """One child: what to run, as whom, which signal stops it (`grace` seconds before SIGKILL), where it logs."""

    name: str
    command: tuple[str, ...]
    folder: Path
    log: Path
    lock: Path
    stop_signal: signal.Signals
    grace: float
    account: Account | None = None
    environment: Mapping[str, str] = field(default_factory=dict[str, str])

    def launch(self) -> tuple[str, ...]:
        """The command line of the launcher that becomes this child."""
        account = self.account
        plan = {
            "lock": str(self.lock),
            "owner": os.getpid(),
            "stop_signal": int(self.stop_signal),
            "uid": account.uid if account else None,
            "gid": account.gid if account else None,
            "enter_any_folder": account is not None and account.closed is not None,
        }
        return (sys.executable, "-I", "-S", launcher.__file__, json.dumps(plan), *self.command)


class Child:
    """A running child process of this one."""

    def __init__(self, plan: Plan, process: Process) -> None:
        self._plan = plan
        self._process = process

    @classmethod
    async def start(cls, plan: Plan) -> "Child":
        """Start it, after stopping one that an earlier owner left behind."""
        await stop_orphan(plan)
        with _make_room(plan) as log:
            process = await asyncio.create_subprocess_exec(
                *plan.launch(),
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                cwd=plan.folder,
                env={**os.environ, **plan.environment},
                # Ctrl-C goes to the terminal's whole process group: only the owner may get it, to stop us in order.
                start_new_session=True,
            )
        return cls(plan, process)

    @property
    def pid(self) -> int:
        """The id of the process, also after its end."""
        return self._process.pid

    @property
    def folder(self) -> Path:
        """The folder that it works in."""
        return self._plan.folder

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.returncode is not None

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended it: it did not end by its own will."""
        return self._process.returncode is not None and self._process.returncode < 0

    async def ended(self) -> str:
        """Wait for its end; say how it ended: by a signal, or by itself and then with its last words."""
        status = await self._process.wait()
        if status < 0:
            return f"{self._plan.name} was killed (signal {-status})"
        return f"{self._plan.name} ended with status {status}{last_words(self._plan.log)}"

    async def until(self, answers: Callable[[], Awaitable[bool]], seconds: float) -> None:
        """Wait until `answers` says so; EmbeddedError if the child ends or `seconds` pass before."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.has_ended:
                    if await answers():
                        return
                    await asyncio.sleep(_POLL_SECONDS)
        happened = (
            f"ended with status {self._process.returncode} while starting"
            if self.has_ended
            else f"did not answer within {seconds:.0f} s"
        )
        raise EmbeddedError(f"{self._plan.name} {happened}{last_words(self._plan.log)}")

    async def finish(self, seconds: float) -> None:
        """Wait for a command that ends by itself; EmbeddedError unless it ends well within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                status = await self._process.wait()
        except TimeoutError:
            raise EmbeddedError(
                f"{self._plan.name} did not end within {seconds:.0f} s{last_words(self._plan.log)}"
            ) from None
        finally:
            await self.stop()
        if status != 0:
            raise EmbeddedError(f"{self._plan.name} ended with status {status}{last_words(self._plan.log)}")

    async def stop(self) -> None:
        """Stop it and wait until it and all it forked are gone; does nothing if it has ended."""
        try:
            self._signal(self._plan.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), self._plan.grace)
        finally:
            self._signal(signal.SIGKILL)
            await self._process.wait()
            await _until_free(self._plan.lock, _KILL_SECONDS)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)


async def stop_orphan(plan: Plan) -> None:
    """Stop what an owner that died left behind of this child; EmbeddedError if it does not go."""
    for number, seconds in ((plan.stop_signal, plan.grace), (signal.SIGKILL, _KILL_SECONDS)):
        holder = _holder(plan.lock)
        if holder is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(holder, number)
        if await _until_free(plan.lock, seconds):
            return
    raise EmbeddedError(f"a {plan.name} of an earlier run (process {_holder(plan.lock)}) does not stop: end it by hand")


def last_words(log: Path) -> str:
    """The end of a sentence about a failure: the last line of the log and where the log is."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f": {last[:300]} (see {log})" if last else f" (see {log})"


def _make_room(plan: Plan) -> IO[bytes]:
    """The folders a child needs, and its log, opened to go on at its end."""
    for folder in (plan.folder, plan.log.parent):
        folder.mkdir(parents=True, exist_ok=True)
    return plan.log.open("ab")


def _holder(lock: Path) -> int | None:
    """The process id written by whoever holds the lock file now."""
    try:
        with lock.open("rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        # A holder that has not written its id yet is starting; 0 would be our own group.
        return int(lock.read_bytes() or b"0") or None
    return None


async def _until_free(lock: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _holder(lock) is not None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_POLL_SECONDS)
    return True
