"""The embedded stack with the product in it: account and organisation connected, a worker running and watched."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Coroutine, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from cryptography.fernet import Fernet

from demo.connect_standins import NAME, People, connect_stand_ins, hook_stand_ins, people_of, settings_for
from standins.embedded import EmbeddedError, EmbeddedStack, Keeper
from standins.embedded.keeping import kept
from standins.embedded.processes import Child, Plan
from xerosync.cli.migrate import migrate_database
from xerosync.cli.running_stack import announced
from xerosync.cli.terminal import progress
from xerosync.core.errors import XerosyncError
from xerosync.core.temporal import SEARCH_ATTRIBUTES
from xerosync.logs import configure_logging
from xerosync.operations.sweeping import sweep_both_sides
from xerosync.services import Services, open_services
from xerosync.settings import Settings

_ROOT = Path(__file__).parents[1]
_THEIR_CHOICE = ("XEROSYNC_LOG_LEVEL", "XEROSYNC_SWEEP_INTERVAL", "XEROSYNC_XERO_TIMEOUT")
_WORKER = (str(_ROOT / "worker.py"),)
_EDGE = (str(_ROOT / "starter.py"), "serve")
_GRACE_SECONDS = 40.0
_ANSWER_SECONDS = 60.0
_ASKED_EVERY_SECONDS = 0.1

_T = TypeVar("_T")


@dataclass(frozen=True)
class RunningStack:
    """A stack at work: the product's services, and the people on both sides."""

    stack: EmbeddedStack
    services: Services
    people: People
    keeper: Keeper

    @property
    def edge_url(self) -> str:
        """Where the edge answers, if it runs."""
        return f"http://{NAME}:{self.stack.edge_port}"

    async def unless_it_fails(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do some work while the stack runs. Raises StackError where a part of it ended and can't be started again."""
        failing, working = asyncio.ensure_future(self.keeper.until_one_is_given_up()), asyncio.ensure_future(work)
        try:
            await asyncio.wait((failing, working), return_when=asyncio.FIRST_COMPLETED)
            if failing.done():
                with _as_ours():
                    failing.result()
            return await working
        finally:
            for each in (failing, working):
                each.cancel()
            await asyncio.wait((failing, working))


class StackError(XerosyncError):
    """The stack could not be run."""


@contextlib.contextmanager
def _as_ours() -> Generator[None]:
    """Raise the stand-ins' errors as ours: they know nothing of the product's."""
    try:
        yield
    except EmbeddedError as error:
        raise StackError(str(error)) from error


@contextlib.asynccontextmanager
async def running_stack(
    folder: Path, *, fresh: bool = False, with_edge: bool = True, push_new_customers: bool = False
) -> AsyncGenerator[RunningStack]:
    """Run everything with its data in `folder` until the block ends.

    A stack that was there before goes on, unless it is to be `fresh`. Without the edge somebody has to signal. A new
    one has its customers pushed by themselves if `push_new_customers` says so. A part that ends is started again.
    Log lines of this process go to `logs/stack.log` of the folder.

    Raises:
        StackError: something could not be started; one sentence.
        XerosyncError: likewise, from the product itself.
    """
    folder = folder.absolute()  # noqa: ASYNC240 - touches no disk
    async with contextlib.AsyncExitStack() as held:
        held.enter_context(_as_ours())
        keeper = Keeper(lambda sentence: progress.print(sentence, markup=False))
        stack = await held.enter_async_context(
            EmbeddedStack.start(folder, SEARCH_ATTRIBUTES, authentication=True, fresh=fresh, keeper=keeper)
        )
        environment = settings_for(
            database_url=stack.database_url,
            temporal_address=stack.temporal_address,
            xero_url=stack.xero_url,
            sequence_url=stack.sequence_url,
            token_key=_token_key(folder / "token.key"),
            edge_port=stack.edge_port,
            temporal_ui_url=stack.temporal_ui_url,
        )
        _forget_other_settings()
        os.environ.update(environment)
        settings = Settings.load(env_file=None)
        # What libraries log here, such as that a server is away, is for no terminal, until this process ends.
        log = (folder / "logs" / "stack.log").open("a")
        configure_logging(settings.log_format, settings.log_level, log)
        await migrate_database(settings.database_url)
        async with (
            open_services(settings) as services,
            people_of(stack.sequence_url, stack.xero_url) as people,
        ):
            await connect_stand_ins(services, people, push_new_customers=push_new_customers)
            with announced(folder, environment):
                async with _kept("worker", _WORKER, folder, environment, keeper):
                    await sweep_both_sides(services, people.account_id)
                    running = RunningStack(stack, services, people, keeper)
                    if not with_edge:
                        yield running
                        return
                    async with _kept("edge", _EDGE, folder, environment, keeper):
                        await _answering(running.edge_url)
                        await hook_stand_ins(services, people, running.edge_url)
                        yield running


async def _answering(url: str) -> None:
    """Wait until the edge answers. Raises StackError where it does not."""
    async with httpx.AsyncClient(trust_env=False, timeout=_ANSWER_SECONDS) as client:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                while True:
                    with contextlib.suppress(httpx.HTTPError):
                        if (await client.get(f"{url}/healthz")).is_success:
                            return
                    await asyncio.sleep(_ASKED_EVERY_SECONDS)
        except TimeoutError:
            raise StackError(f"The edge does not answer at {url}: its log says why.") from None


def _forget_other_settings() -> None:
    """Make sure that a stack on stand-ins neither needs nor reaches what somebody's environment names."""
    for name in list(os.environ):
        if name.startswith(("XEROSYNC_", "TEMPORAL_")) and name not in _THEIR_CHOICE:
            del os.environ[name]


def _token_key(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(Fernet.generate_key())
    return file.read_text()


@contextlib.asynccontextmanager
async def _kept(
    name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str], keeper: Keeper
) -> AsyncGenerator[None]:
    """Run a process of the product, and start another should it die, as an orchestrator would."""
    plan = Plan(
        name=f"The {name}",
        command=(sys.executable, *command),
        folder=folder,
        log=folder / "logs" / f"{name}.log",
        lock=folder / f"{name}.lock",
        stop_signal=signal.SIGTERM,
        grace=_GRACE_SECONDS,
        environment={**environment, "XEROSYNC_LOG_FORMAT": "json"},
    )
    child = await Child.start(plan)
    try:
        async with kept(child, lambda: Child.start(plan), keeper):
            yield
    finally:
        await child.stop()
