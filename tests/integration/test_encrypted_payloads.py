"""What Temporal keeps of documents when payloads are encrypted: nothing for a stranger to read, all of it for us."""

from collections.abc import AsyncIterator, Iterator, Mapping

import pytest
from google.protobuf.message import Message
from temporalio.api.failure.v1 import Failure
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from standins.embedded import EmbeddedServers
from tests.embedded_fixtures import a_database, a_namespace
from tests.integration.office import Office, open_office
from tests.raw_temporal import histories, payloads_of
from worker import WORKFLOWS
from xerosync.core.documents import Kind
from xerosync.core.payload_codec import ENCODING, KeyCache
from xerosync.core.temporal import data_converter
from xerosync.documents.client import document_workflow_id, sweep_now
from xerosync.documents.messages import SyncState


@pytest.fixture
async def office(embedded: EmbeddedServers) -> AsyncIterator[Office]:
    async with (
        a_database(embedded, "template1") as url,
        open_office(embedded, url, namespace=await a_namespace(embedded), XEROSYNC_ENCRYPT_PAYLOADS="true") as office,
    ):
        yield office


def failures_of(value: object) -> Iterator[Failure]:
    if isinstance(value, Failure):
        yield value
    if isinstance(value, Message):
        for _, inner in value.ListFields():
            yield from failures_of(inner)
    elif not isinstance(value, str | bytes | int | float | Mapping):
        for inner in value:  # type: ignore[attr-defined] - the rest is repeated
            yield from failures_of(inner)


async def test_three_keys_in_one_life_hide_everything_and_open_everything(office: Office):
    ref = await office.final(await office.customer())
    held = await office.final(await office.customer(linked=False))
    note = await office.final(await office.customer(), Kind.CREDIT_NOTE)
    keys = office.services.payload_keys
    office.companies.xero.faults.add("server_error", path="/api.xro", times=1)
    await office.signal([ref, held, note], "finalized")
    await office.reach([ref, note], SyncState.PUSHED)
    await office.reach([held], SyncState.HELD)
    for _ in range(3):
        await keys.make(office.account_id)
        forget_keys(office)
        later = await office.final(await office.customer())
        await office.signal([ref], "amended")
        await office.signal([later], "finalized")
        await office.reach([later], SyncState.PUSHED)
    await sweep_now(office.services.temporal, office.account_id)
    await office.act(ref, "send")
    await office.signal([ref], "sent")
    await office.reach([ref], SyncState.SETTLED)
    temporal = office.services.temporal
    address = temporal.service_client.config.target_host
    kept = [each async for each in histories(address, temporal.namespace)]
    events = [event for _, history in kept for event in history.events]
    payloads = list(payloads_of(events))
    assert payloads
    assert {payload.metadata["encoding"] for payload in payloads} == {ENCODING}
    # Our own failures; those of Temporal's server, such as a timeout, say nothing of ours.
    failures = [failure for failure in failures_of(events) if failure.HasField("application_failure_info")]
    assert failures
    assert {(failure.message, failure.stack_trace) for failure in failures} == {("Encoded failure", "")}
    ours = {payload.metadata["key"].decode() for payload in payloads}
    assert len(ours) == 4
    for key_id in ours:
        key = await keys.by_id(key_id)
        assert key
        assert key.account_id == office.account_id
    await office.assert_once([ref], sent=True)
    # Whoever has the keys reads and replays all of it.
    replayer = office_replayer(office)
    for _, history in kept:
        await replayer.replay_workflow(history)


async def test_without_its_keys_an_account_s_histories_cannot_be_read(office: Office):
    ref = await office.final(await office.customer())
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.PUSHED)
    handle = office.services.temporal.get_workflow_handle(document_workflow_id(ref))
    assert (await handle.describe()).static_summary
    assert await office.services.payload_keys.delete(office.account_id) > 0
    forget_keys(office)
    history = await handle.fetch_history()
    with pytest.raises(RuntimeError, match="UnreadablePayloadError"):
        await office_replayer(office).replay_workflow(history)


def forget_keys(office: Office) -> None:
    """As if the minutes had passed for which a process remembers keys."""
    cache: KeyCache = office.services.codec.keys
    cache._newest.clear()
    cache._known.clear()


def office_replayer(office: Office) -> Replayer:
    return Replayer(
        workflows=WORKFLOWS,
        workflow_runner=UnsandboxedWorkflowRunner(),
        namespace=office.services.temporal.namespace,
        data_converter=data_converter(office.services.codec),
    )
