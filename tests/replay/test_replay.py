"""Histories of released behaviour still replay: what runs now outlives the next deploy."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Interceptor, Replayer, UnsandboxedWorkflowRunner

from tests.histories import texts_of
from tests.replay.record import HISTORIES, LIVES
from tests.sandbox_runner import sandbox
from worker import WORKFLOWS
from xerosync.core.temporal import INVOICE_SYNC
from xerosync.documents.client import document_workflow_id
from xerosync.documents.messages import SyncInput
from xerosync.traces.recording import recording


@pytest.fixture
def events(file: Path) -> dict[str, object]:
    return json.loads(file.read_text())


@pytest.mark.parametrize("file", sorted(HISTORIES.glob("*.json")), ids=lambda file: file.stem)
async def test_a_recorded_history_replays(events: dict[str, object]):
    replayer = Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter, workflow_runner=sandbox())
    await replayer.replay_workflow(WorkflowHistory.from_json(workflow_id(events), events))


@pytest.mark.parametrize("file", sorted(HISTORIES.glob("*.json")), ids=lambda file: file.stem)
async def test_traces_can_be_turned_on_while_it_runs_and_record_nothing_a_second_time(events: dict[str, object]):
    exporter = InMemorySpanExporter()
    async with recording(exporter) as interceptors:
        replayer = Replayer(
            workflows=WORKFLOWS,
            data_converter=pydantic_data_converter,
            workflow_runner=UnsandboxedWorkflowRunner(),
            interceptors=[each for each in interceptors if isinstance(each, Interceptor)],
        )
        await replayer.replay_workflow(WorkflowHistory.from_json(workflow_id(events), events))
    assert interceptors
    assert exporter.get_finished_spans() == ()


def workflow_id(events: Any) -> str:
    """Return the id that the recorded workflow had: that of a document follows from its input."""
    started = events["events"][0]["workflowExecutionStartedEventAttributes"]
    if started["workflowType"]["name"] != INVOICE_SYNC:
        return "replayed"
    start = json.loads(base64.b64decode(started["input"]["payloads"][0]["data"]))
    return document_workflow_id(SyncInput.model_validate(start).ref)


def test_there_is_a_history_of_every_life():
    recorded = {file.stem.partition("-")[2] for file in HISTORIES.glob("*.json")}
    assert recorded >= {live.__name__ for live in LIVES}


@pytest.mark.parametrize("file", sorted(HISTORIES.glob("*.json")), ids=lambda file: file.stem)
def test_a_recorded_history_names_no_person_and_no_amount(file: Path):
    kept = texts_of(WorkflowHistory.from_json("recorded", file.read_text()))
    assert "acme" in kept
    assert "Ada Ltd" not in kept
    assert "120.00" not in kept
