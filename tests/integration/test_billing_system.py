"""The contract by which any client of Temporal drives a sync, shown with the `temporal` command."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.integration.office import Office
from tests.patience import until
from xerosync.core.documents import DocumentRef, Kind
from xerosync.documents.messages import SyncState

TEMPORAL = Path(sys.executable).with_name("temporal")


async def temporal(office: Office, *arguments: str) -> str:
    """Run the command and return what it prints."""
    process = await asyncio.create_subprocess_exec(
        TEMPORAL,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **office.environment},
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def tell(office: Office, ref: DocumentRef, signal: str) -> None:
    """Signal with start, as the README shows it."""
    await temporal(
        office,
        *("workflow", "signal-with-start"),
        *("--type", "InvoiceSyncWorkflow"),
        *("--workflow-id", workflow_id(ref)),
        *("--task-queue", "xerosync"),
        *("--input", json.dumps(ref.model_dump(mode="json"))),
        *("--signal-name", signal),
    )


async def status(office: Office, ref: DocumentRef) -> dict[str, Any]:
    """Ask a workflow how its document stands."""
    answer = await temporal(
        office, "workflow", "query", "--workflow-id", workflow_id(ref), "--type", "status", "--output", "json"
    )
    return json.loads(answer)["queryResult"][0]


async def held(office: Office) -> set[str]:
    """List the ids of the workflows that are held."""
    answer = await temporal(office, "workflow", "list", "--query", 'XeroSyncState="held"', "--output", "json")
    return {each["execution"]["workflowId"] for each in json.loads(answer or "[]")}


def workflow_id(ref: DocumentRef) -> str:
    return f"invoice-sync/{ref.account_id}/{ref.kind.value}/{ref.document_id}"


async def release(office: Office, ref: DocumentRef, payload: dict[str, str]) -> None:
    await temporal(
        office,
        *("workflow", "signal", "--workflow-id", workflow_id(ref), "--name", "release"),
        *("--input", json.dumps(payload)),
    )


async def test_signals_of_the_temporal_command_take_a_document_to_xero_and_through_its_life(office: Office) -> None:
    refs = await office.finals(4)
    await asyncio.gather(*(tell(office, ref, "finalized") for ref in refs))
    await office.reach(refs, SyncState.PUSHED)
    await office.assert_once(refs, sent=False)

    await asyncio.gather(*(office.act(ref, "send") for ref in refs))
    await asyncio.gather(*(tell(office, ref, "sent") for ref in refs))
    await office.reach(refs, SyncState.SETTLED)
    await office.assert_once(refs, sent=True)


async def test_a_signal_told_twice_and_one_too_early_change_nothing(office: Office) -> None:
    ref = await office.final(await office.customer())
    await asyncio.gather(*(tell(office, ref, name) for name in ("sent", "finalized", "finalized", "amended")))
    await office.reach([ref], SyncState.PUSHED)
    await office.assert_once([ref], sent=False)


async def test_the_list_of_held_documents_names_one_until_it_is_released(office: Office) -> None:
    customer_id = await office.customer(linked=False)
    ref = await office.final(customer_id)
    await tell(office, ref, "finalized")
    await until(lambda: _contains(office, ref, wanted=True), every=0.2)

    shown = await status(office, ref)
    assert shown["state"] == "held"
    assert shown["hold"]["reason"] == "customer_unlinked"
    assert "not linked to a Xero contact" in shown["sentence"]

    await office.services.store.link_customer(office.account_id, customer_id, office.linked[customer_id])
    await release(office, ref, {"reason": "customer_unlinked"})
    await office.reach([ref], SyncState.PUSHED)
    await until(lambda: _contains(office, ref, wanted=False), every=0.2)
    shown = await status(office, ref)
    assert (shown["state"], shown["hold"]) == ("pushed", None)
    assert shown["xero"]["issue_date"] == "3000-01-01"


async def test_a_release_without_a_reason_releases_whatever_hold_there_is(office: Office) -> None:
    customer_id = await office.customer(linked=False)
    ref = await office.final(customer_id, Kind.CREDIT_NOTE)
    await tell(office, ref, "finalized")
    await office.reach([ref], SyncState.HELD)
    await office.services.store.link_customer(office.account_id, customer_id, office.linked[customer_id])
    await release(office, ref, {})
    await office.reach([ref], SyncState.PUSHED)


async def test_a_release_for_another_reason_leaves_a_document_held(office: Office) -> None:
    ref = await office.final(await office.customer(linked=False))
    await tell(office, ref, "finalized")
    await office.reach([ref], SyncState.HELD)
    before = (await office.link(ref)).hold
    await release(office, ref, {"reason": "locked_period"})
    assert (await status(office, ref))["state"] == "held"
    assert (await office.link(ref)).hold == before


async def _contains(office: Office, ref: DocumentRef, *, wanted: bool) -> bool:
    return (workflow_id(ref) in await held(office)) is wanted
