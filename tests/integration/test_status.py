"""`status` tells what the store knows, whatever else is away; a document is found in whichever account it is."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.branch import open_branch
from tests.integration.office import Office
from tests.integration.program import Ended, run
from xerosync.connection.connection import ConnectionStatus
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef, Kind
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.documents.messages import SyncState

NOWHERE = "127.0.0.1:9"


@pytest.fixture
async def branch(office: Office) -> AsyncIterator[Office]:
    async with open_branch(office) as opened:
        yield opened


@pytest.fixture
async def pushed(office: Office) -> DocumentRef:
    ref = await office.final(await office.customer())
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.PUSHED)
    return ref


async def status(office: Office, folder: Path, *arguments: str, **changes: str) -> Ended:
    return await run("status", *arguments, folder=folder, settings={**office.environment, **changes})


async def data(office: Office, folder: Path, *arguments: str, **changes: str) -> Any:
    return (await status(office, folder, *arguments, "--json", **changes)).data


async def test_what_the_store_knows_is_told_without_temporal(office: Office, pushed: DocumentRef, tmp_path: Path):
    listed = await data(office, tmp_path, TEMPORAL_ADDRESS=NOWHERE)
    assert pushed.document_id in {row["ref"]["document_id"] for row in listed["documents"]}
    shown = await status(office, tmp_path, "invoice", pushed.document_id, TEMPORAL_ADDRESS=NOWHERE)
    assert (shown.code, shown.err) == (0, "")
    assert "with the placeholder date 3000-01-01" in shown.out
    workflow = f"invoice-sync/{office.account_id}/invoice/{pushed.document_id}"
    words = "open or not: Temporal does not answer, and this is what the store knows"
    assert [line for line in shown.out.splitlines() if "Temporal" in line] == [f"Workflow:    {workflow} ({words})"]
    shown = await data(office, tmp_path, "invoice", pushed.document_id, TEMPORAL_ADDRESS=NOWHERE)
    assert shown["workflow_is_open"] is None


async def test_what_temporal_answers_instead_is_told_as_it_is(office: Office, pushed: DocumentRef, tmp_path: Path):
    shown = await data(office, tmp_path, "invoice", pushed.document_id, TEMPORAL_NAMESPACE="no-such-namespace")
    assert shown["workflow_is_open"] is None
    assert "Temporal answers NOT_FOUND, Namespace no-such-namespace is not found" in shown["workflow"]


async def test_an_account_that_nobody_knows_is_said_to_be_unknown(office: Office, tmp_path: Path):
    ended = await status(office, tmp_path, "--account", "nobody")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "No account nobody is known here: `starter.py settings` lists those that are.\n"


async def test_the_page_of_an_ignored_document_does_not_send_to_itself(
    office: Office, pushed: DocumentRef, tmp_path: Path
):
    decided = Ignored(because="billed by hand", who="ada", since=utc_now())
    await office.services.store.change(pushed, lambda link: link.let_be(decided))
    shown = await status(office, tmp_path, "invoice", pushed.document_id)
    assert "is ignored: a person wants it left alone.\n" in shown.out
    assert "starter.py status" not in shown.out
    await office.services.store.change(pushed, DocumentLink.taken_up)


async def test_of_a_draft_it_is_said_that_it_is_one_and_that_nothing_was_started(office: Office, tmp_path: Path):
    ref = await office.draft(await office.customer())
    shown = await data(office, tmp_path, "invoice", ref.document_id)
    assert (shown["workflow_is_open"], shown["workflow"], shown["next_steps"]) == (False, "never started", [])
    assert shown["sentence"].startswith(f"{ref} is DRAFT in Sequence: it goes to Xero once it is finalized")


async def test_what_nobody_reported_is_said_to_be_so_with_the_command_that_reports_it(office: Office, tmp_path: Path):
    ref = await office.final(await office.customer())
    shown = await status(office, tmp_path, "invoice", ref.document_id)
    number = (await office.services.billing.document(ref)).number
    assert shown.out.startswith(f"{number} is FINAL in Sequence, but nobody reported it here")
    assert f"  starter.py finalize {number}\n  starter.py preview {number}\n" in shown.out
    assert (await office.services.store.document(ref)).is_unheard_of


async def test_what_was_finalized_while_the_account_is_disconnected_is_told_with_the_way_back(
    branch: Office, tmp_path: Path
):
    ref = await branch.final(await branch.customer())
    await branch.services.store.mark_connection(branch.account_id, ConnectionStatus.DISCONNECTED)
    shown = await data(branch, tmp_path, "invoice", ref.document_id)
    assert "The account is not connected to Xero" in shown["sentence"]
    assert shown["next_steps"] == [f"starter.py connect --account {branch.account_id}"]


async def test_a_workflow_that_temporal_forgot_has_ended(office: Office, tmp_path: Path):
    ref = await office.final(await office.customer())
    document = await office.services.billing.document(ref)
    await office.services.store.change(ref, lambda link: link.read(document))
    shown = await data(office, tmp_path, "invoice", ref.document_id)
    assert (shown["workflow_is_open"], shown["workflow"]) == (False, "ended")


async def test_a_database_that_takes_no_writes_is_enough(office: Office, pushed: DocumentRef, tmp_path: Path):
    url = f"{office.environment['XEROSYNC_DATABASE_URL']}?default_transaction_read_only=on"
    shown = await status(office, tmp_path, "invoice", pushed.document_id, XEROSYNC_DATABASE_URL=url)
    assert (shown.code, shown.err) == (0, "")
    assert "with the placeholder date 3000-01-01" in shown.out
    assert (await status(office, tmp_path, XEROSYNC_DATABASE_URL=url)).code == 0


@pytest.mark.parametrize("kind", Kind)
async def test_a_document_of_any_account_is_named_by_its_id(branch: Office, kind: Kind, tmp_path: Path):
    ref = await branch.final(await branch.customer(), kind)
    settings = branch.environment
    shown = await run("finalize", kind.value, ref.document_id, "--json", folder=tmp_path, settings=settings)
    assert (shown.data["signal"], shown.data["ref"]) == ("finalized", ref.model_dump(mode="json"))
    await branch.reach([ref], SyncState.PUSHED)
    shown = await data(branch, tmp_path, kind.value, ref.document_id)
    assert (shown["ref"]["account_id"], shown["state"]) == (branch.account_id, "pushed")
    unknown = await status(branch, tmp_path, kind.value, "nobody")
    assert unknown.code == 2
    assert f"Sequence has no {kind.words} nobody: check its id and kind there." in unknown.err
