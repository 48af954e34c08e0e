"""What Temporal keeps of documents when payloads are encrypted: nothing for a stranger to read, all of it for us."""

from collections.abc import AsyncIterator, Iterator, Mapping

import pytest
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, SearchAttributes
from temporalio.api.failure.v1 import Failure
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from standins.embedded import EmbeddedServers
from tests.embedded_fixtures import a_database, a_namespace
from tests.integration.office import Office, open_office
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


def payloads_of(value: object) -> Iterator[Payload]:
    """Every payload in a message but search attributes, which Temporal must be able to read."""
    match value:
        case Payload():
            yield value
        case SearchAttributes():
            return
        case Message():
            for _, inner in value.ListFields():
                yield from payloads_of(inner)
        case Mapping():
            for inner in value.values():
                yield from payloads_of(inner)
        case str() | bytes() | int() | float():
            return
        case _:
            for inner in value:  # type: ignore[attr-defined] - the rest is repeated
                yield from payloads_of(inner)


def failures_of(value: object) -> Iterator[Failure]:
    if isinstance(value, Failure):
        yield value
    if isinstance(value, Message):
        for _, inner in value.ListFields():
            yield from failures_of(inner)
    elif not isinstance(value, str | bytes | int | float | Mapping):
        for inner in value:  # type: ignore[attr-defined] - the rest is repeated
            yield from failures_of(inner)


async def raw(office: Office) -> Mapping[str, WorkflowHistory]:
    """What Temporal keeps of every workflow, as somebody sees it who has no key, by id and run."""
    temporal = office.services.temporal
    stranger = await Client.connect(temporal.service_client.config.target_host, namespace=temporal.namespace)
    kept: dict[str, WorkflowHistory] = {}
    async for each in stranger.list_workflows():
        handle: WorkflowHandle[object, object] = stranger.get_workflow_handle(each.id, run_id=each.run_id)
        kept[f"{each.id} {each.run_id}"] = await handle.fetch_history()
    return kept


async def test_three_keys_in_one_life_hide_everything_and_open_everything(office: Office):
    ref = await office.final(await office.customer())
    held = await office.final(await office.customer(linked=False))
    note = await office.final(await office.customer(), Kind.CREDIT_NOTE)
    keys = office.services.payload_keys
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
    kept = await raw(office)
    events = [event for history in kept.values() for event in history.events]
    payloads = list(payloads_of(events))
    assert payloads
    assert {payload.metadata["encoding"] for payload in payloads} == {ENCODING}
    assert {failure.message for failure in failures_of(events) if failure.HasField("encoded_attributes")} <= {
        "Encoded failure"
    }
    ours = {payload.metadata["key"].decode() for payload in payloads}
    assert len(ours) == 4
    for key_id in ours:
        key = await keys.by_id(key_id)
        assert key
        assert key.account_id == office.account_id
    await office.assert_once([ref], sent=True)
    # Whoever has the keys reads and replays all of it.
    replayer = office_replayer(office)
    for name, history in kept.items():
        await replayer.replay_workflow(WorkflowHistory(name.partition(" ")[0], history.events))


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
