"""A newer build of the worker beside an older one, under load: the open documents move to it, and none is harmed.

The newer build is a copy of the checkout with a change in a workflow, in a process of its own, as in production.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from standins.embedded import EmbeddedServers
from tests.builds import PATCHED, a_copy
from tests.embedded_fixtures import a_database, a_namespace
from tests.integration.command_line import CommandEnded
from tests.integration.office import Office, open_office
from tests.integration.program import ROOT, Ended, run, running
from tests.patience import until
from xerosync.core.documents import DocumentRef
from xerosync.documents.client import document_workflow_id
from xerosync.documents.messages import SyncState
from xerosync.worker_deployment import BUILD_ID, NAME

DOCUMENTS = 24
DEPLOYMENT = "xerosync"


@pytest.fixture
async def office(embedded: EmbeddedServers) -> AsyncIterator[Office]:
    """Both companies and the product, without a worker in this process."""
    async with (
        a_database(embedded, "template1") as url,
        open_office(embedded, url, namespace=await a_namespace(embedded), works=False) as office,
    ):
        yield office


def settings(office: Office, build_id: str, folder: Path) -> dict[str, str]:
    versioned = {NAME: DEPLOYMENT, BUILD_ID: build_id}
    return {**office.environment, **versioned, "XEROSYNC_HEALTH_PORT": "0", "PYTHONPATH": str(folder)}


async def make_current(office: Office, build_id: str) -> None:
    """Have a build take all tasks, as `temporal worker deployment set-current-version` does, once it is known."""
    temporal = office.services.temporal

    async def is_current() -> bool:
        try:
            await temporal.workflow_service.set_worker_deployment_current_version(
                SetWorkerDeploymentCurrentVersionRequest(
                    namespace=temporal.namespace, deployment_name=DEPLOYMENT, build_id=build_id
                )
            )
        except RPCError as error:
            if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
                raise
            return False
        return True

    await until(is_current)


async def builds_of(client: Client, workflow_id: str) -> Sequence[str]:
    """The builds that completed a workflow's tasks, in order."""
    history = await client.get_workflow_handle(workflow_id).fetch_history()
    done = [
        event.workflow_task_completed_event_attributes.deployment_version.build_id
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    return list(dict.fromkeys(done))


async def moves(office: Office, ref: DocumentRef) -> bool:
    """Whether an open document is with the newer build by now; if not, it is signalled once more."""
    if "2" in await builds_of(office.services.temporal, document_workflow_id(ref)):
        return True
    await office.signal([ref], "amended")
    return False


@pytest.mark.slow
async def test_open_documents_move_to_a_newer_build_while_both_run(office: Office, tmp_path: Path):
    older = a_copy(tmp_path / "older")
    newer = a_copy(tmp_path / "newer", changed=PATCHED)
    refs = await office.finals(DOCUMENTS)
    first, second = refs[: DOCUMENTS // 2], refs[DOCUMENTS // 2 :]
    async with running(script=older / "worker.py", folder=older, settings=settings(office, "1", older)):
        await make_current(office, "1")
        await office.signal(first, "finalized")
        await office.reach(first, SyncState.PUSHED)
        async with running(script=newer / "worker.py", folder=newer, settings=settings(office, "2", newer)):
            await make_current(office, "2")
            # What is current takes effect part by part of the task queue, so each open one is followed until it moved.
            for ref in first:
                await until(lambda ref=ref: moves(office, ref))
            # Open ones of the older build, and new ones, at the same time.
            for ref in first:
                await office.act(ref, "send")
            await asyncio.gather(office.signal(first, "sent"), office.signal(second, "finalized"))
            await office.reach(second, SyncState.PUSHED)
            await office.reach(first, SyncState.SETTLED)
            for ref in second:
                await until(lambda ref=ref: moves(office, ref))
    await office.assert_once(first, sent=True)
    await office.assert_once(second, sent=False)
    temporal = office.services.temporal
    assert {tuple(await builds_of(temporal, document_workflow_id(ref))) for ref in first} == {("1", "2")}
    assert {(await builds_of(temporal, document_workflow_id(ref)))[-1] for ref in second} == {"2"}


@pytest.mark.slow
async def test_the_replay_gate_lets_a_good_build_through_and_stops_one_that_would_stop_documents(
    office: Office, tmp_path: Path
):
    good = a_copy(tmp_path / "good", changed=PATCHED)
    bad = a_copy(tmp_path / "bad", changed="        await workflow.sleep(1)\n")
    refs = await office.finals(4)
    async with running(script=ROOT / "worker.py", folder=tmp_path, settings=settings(office, "1", ROOT)):
        await make_current(office, "1")
        await office.signal(refs, "finalized")
        await office.reach(refs, SyncState.PUSHED)
    kept = tmp_path / "histories"

    async def gate(folder: Path, *arguments: str) -> Ended | CommandEnded:
        script = folder / "starter.py"
        return await run("replay", *arguments, script=script, folder=folder, settings=settings(office, "2", folder))

    passed = await gate(good, "--json", "--save", str(kept))
    assert passed.code == 0, passed.err
    assert passed.data["replayed"]["InvoiceSyncWorkflow"] == len(refs)
    assert passed.data["failed"] == {}
    assert len(list(kept.glob("*.json"))) >= len(refs)
    stopped = await gate(bad)
    assert stopped.code == 1
    assert "histories can't be replayed with this version: invoice-sync/" in stopped.err
    assert "do not deploy it" in stopped.err
    # The histories that were kept are judged alike, without Temporal's.
    assert (await gate(good, "--from", str(kept))).code == 0
    again = await gate(bad, "--from", str(kept), "--json")
    assert (again.code, set(again.data["failed"])) == (1, {document_workflow_id(ref) for ref in refs})


async def test_a_folder_without_histories_is_told_in_one_line(office: Office, tmp_path: Path):
    empty, broken = tmp_path / "empty", tmp_path / "broken"
    empty.mkdir()
    broken.mkdir()
    (broken / "x.json").write_text("[]")
    for folder, words in ((empty, "has no histories"), (broken, "is no history of a workflow")):
        ended = await run("replay", "--from", str(folder), folder=tmp_path, settings=office.environment)
        assert (ended.code, words in ended.err) == (2, True), ended.err
        assert "Traceback" not in ended.err
