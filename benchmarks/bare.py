"""The simplest thing on the same Temporal: workflows of one and two activities that do nothing, or make one call.

`python -m benchmarks.bare` runs their worker until a signal stops it.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

from tests.patience import PATIENCE

with workflow.unsafe.imports_passed_through():
    import httpx

    from benchmarks.stage import Stage, listening, process

BARE_QUEUE = "bare"
_TIMEOUT = timedelta(minutes=1)


@activity.defn
async def nothing(word: str) -> str:
    """Return what came in."""
    return word


@dataclass(frozen=True)
class OneCall:
    """Creates a document in Xero, with what the environment says of it, over a client that is open already."""

    http: httpx.AsyncClient

    @activity.defn
    async def one_call(self, number: str) -> None:
        """Make the call."""
        body = os.environ["BARE_BODY"].replace("NUMBER", number)
        headers = {"content-type": "application/json", "authorization": os.environ["BARE_TOKEN"]}
        headers["xero-tenant-id"] = os.environ["BARE_TENANT"]
        (await self.http.put(os.environ["BARE_URL"], content=body, headers=headers)).raise_for_status()


@workflow.defn
class BareWorkflow:
    """Two activities, one after the other."""

    @workflow.run
    async def run(self, word: str) -> str:
        """Return what came in."""
        first = await workflow.execute_activity(nothing, word, start_to_close_timeout=_TIMEOUT)
        return await workflow.execute_activity(nothing, first, start_to_close_timeout=_TIMEOUT)


@workflow.defn
class BareCallWorkflow:
    """One activity that makes one call to Xero."""

    @workflow.run
    async def run(self, number: str) -> None:
        """Make the call."""
        await workflow.execute_activity_method(OneCall.one_call, number, start_to_close_timeout=_TIMEOUT)


@contextlib.asynccontextmanager
async def bare_worker(running: Stage, given: Mapping[str, str] | None = None) -> AsyncGenerator[None]:
    """Run the worker of these workflows, in a process of its own, until the block ends."""
    environment = {"TEMPORAL_ADDRESS": running.servers.temporal_address, **(given or {})}
    async with process("bare", running.folder, ("-m", "benchmarks.bare"), environment):
        await listening(running.services.temporal, BARE_QUEUE)
        yield


async def _work() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    async with (
        httpx.AsyncClient(timeout=PATIENCE) as http,
        Worker(
            client,
            task_queue=BARE_QUEUE,
            workflows=[BareWorkflow, BareCallWorkflow],
            activities=[nothing, OneCall(http).one_call],
            max_concurrent_activities=200,
        ),
    ):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_work())
