"""`replay`: whether this version can take up what runs now. The gate before changed workflows are deployed.

A workflow is its history: a worker that starts, or is of a newer version, runs the code again over the events that
are there. Code that would have done something else stops the document. So production's histories are replayed first.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from temporalio.client import Client, WorkflowHistory
from temporalio.converter import DefaultFailureConverter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from xerosync.cli.following import showing_progress
from xerosync.cli.terminal import console, print_json
from xerosync.core.errors import MisconfiguredError, XerosyncError
from xerosync.settings import LogLevel, Settings
from xerosync.temporal_runtime import temporal_runtime

_MOST_LISTED = 5_000
"""Of each type and of open and closed ones apart; the sample is drawn from these."""

_SHOWN = 10


class NotReplayableError(XerosyncError):
    """This version can't take up what runs now."""


async def run_replay(
    temporal: Client,
    settings: Settings,
    workflows: Sequence[type],
    *,
    count: int,
    folder: Path | None,
    save: Path | None,
    as_json: bool,
) -> int:
    """Replay histories; return the exit code, 1 where some can't be replayed.

    Args:
        temporal: is asked for histories where there is no folder
        settings: how this process logs
        workflows: the workflow classes of this version
        count: how many histories of each type, open ones and closed ones apart
        folder: where saved histories are read, in place of Temporal
        save: where the histories are written that were replayed
        as_json: print one JSON value

    Raises:
        NotReplayableError: some can't be replayed, and no JSON was asked for; names them.
        MisconfiguredError: the folder has no histories.
    """
    replayer = _replayer(temporal, settings, workflows)
    saved = await asyncio.to_thread(_files, folder) if folder else ()
    histories = _saved(saved) if folder else _sampled(temporal, [_type_of(each) for each in workflows], count)
    replayed: Counter[str] = Counter()
    failed: dict[str, str] = {}
    with showing_progress("Replaying") as step:
        async for history in histories:
            result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
            kind = history.events[0].workflow_execution_started_event_attributes.workflow_type.name
            replayed[kind] += 1
            step(replayed.total())
            if result.replay_failure:
                failed[history.workflow_id] = " ".join(str(result.replay_failure).split())
            if save:
                _save(save, history)
    if as_json:
        print_json({"replayed": dict(replayed), "failed": failed})
    if failed and as_json:
        return 1
    if failed:
        names = ", ".join(list(failed)[:_SHOWN]) + (" and others" if len(failed) > _SHOWN else "")
        raise NotReplayableError(
            f"{len(failed)} of {replayed.total()} histories can't be replayed with this version: {names}. Its workers "
            f"would stop these: do not deploy it. The first says: {next(iter(failed.values()))[:500]}"
        )
    if not as_json:
        console.print("\n".join(f"{number} of {kind}" for kind, number in sorted(replayed.items())), markup=False)
        console.print(f"Each history of {replayed.total():,} can be replayed with this version.")
    return 0


def _replayer(temporal: Client, settings: Settings, workflows: Sequence[type]) -> Replayer:
    quiet = settings.model_copy(update={"temporal_metrics_port": None, "log_level": LogLevel.ERROR})
    return Replayer(
        workflows=workflows,
        namespace=temporal.namespace,
        # What goes wrong here is shown to a person and sent nowhere, so its words are not encrypted.
        data_converter=replace(temporal.data_converter, failure_converter_class=DefaultFailureConverter),
        workflow_runner=UnsandboxedWorkflowRunner(),
        # Core would write to standard output.
        runtime=temporal_runtime(quiet),
    )


def _type_of(workflow: type) -> str:
    # Where @workflow.defn leaves the name; temporalio has no public way to ask for it.
    definition: Any = vars(workflow)["__temporal_workflow_definition"]
    return definition.name


async def _sampled(client: Client, types: Sequence[str], count: int) -> AsyncGenerator[WorkflowHistory]:
    """Yield histories of each type, drawn at random, of open workflows and of closed ones."""
    for kind in types:
        for state in ("=", "!="):
            query = f"WorkflowType = '{kind}' AND ExecutionStatus {state} 'Running'"
            listed = [each async for each in client.list_workflows(query, limit=_MOST_LISTED)]
            for each in random.sample(listed, min(count, len(listed))):
                try:
                    yield await client.get_workflow_handle(each.id, run_id=each.run_id).fetch_history()
                except RPCError as error:
                    # Its retention ended between the list and now.
                    if error.status is not RPCStatusCode.NOT_FOUND:
                        raise


def _files(folder: Path) -> Sequence[Path]:
    """Return the histories in a folder: those of `--save`, or of `temporal workflow show --output json`."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise MisconfiguredError(f"{folder} has no histories: `starter.py replay --save {folder}` writes some.")
    return files


async def _saved(files: Sequence[Path]) -> AsyncGenerator[WorkflowHistory]:
    for file in files:
        try:
            yield _read(file)
        except (ValueError, LookupError, TypeError) as error:
            raise MisconfiguredError(f"{file} is no history of a workflow ({type(error).__name__}).") from None


def _read(file: Path) -> WorkflowHistory:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    started = content["events"][0]["workflowExecutionStartedEventAttributes"]
    workflow_id = content.pop("workflowId", None) or started.get("workflowId") or file.stem
    return WorkflowHistory.from_json(workflow_id, content)


def _save(folder: Path, history: WorkflowHistory) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = quote(f"{history.workflow_id} {history.run_id}", safe="")
    content = {"workflowId": history.workflow_id, **history.to_json_dict()}
    (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
