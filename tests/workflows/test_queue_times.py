"""Temporal's figures of the time in its queue tell tasks of a killed worker from those that nobody takes."""

import re
import shutil
import socket
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from temporalio import activity, workflow
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from tests.patience import PATIENCE
from xerosync.settings import Settings
from xerosync.temporal_runtime import temporal_runtime


@activity.defn
async def nothing() -> None:
    pass


@workflow.defn
class OneActivity:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(minutes=1))


@pytest.mark.parametrize("of", ["workflow_task", "activity"])
async def test_times_in_the_queue_are_told_apart_between_10_and_100_seconds(of: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    settings = Settings.model_construct(temporal_metrics_port=port)
    server = shutil.which("temporal-test-server", path=str(Path(sys.executable).parent))
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=server, runtime=temporal_runtime(settings)
    ) as environment:
        async with Worker(
            environment.client,
            task_queue="figures",
            workflows=[OneActivity],
            activities=[nothing],
            workflow_runner=UnsandboxedWorkflowRunner(),
        ):
            await environment.client.execute_workflow("OneActivity", id="one", task_queue="figures")
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            page = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    steps = re.findall(rf'temporal_{of}_schedule_to_start_latency_seconds_bucket{{.*le="([0-9.]+)"', page)
    between = [float(step) for step in steps if 10 < float(step) < 100]
    assert len(between) >= 4
