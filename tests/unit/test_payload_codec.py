"""Payloads are encrypted with a key of their account, and read whichever of its keys wrote them."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.converter import ActivitySerializationContext, WorkflowSerializationContext

from xerosync.core import payload_codec
from xerosync.core.errors import RetryLaterError
from xerosync.core.payload_codec import (
    ENCODING,
    KNOWN_FOR,
    NEWEST_FOR,
    NO_ACCOUNT,
    AccountCodec,
    KeyCache,
    PayloadKey,
    UnreadablePayloadError,
    account_of,
)

PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'{"document_id": "secret-words"}')


class Keys:
    """Keys in memory, counted when they are asked for."""

    def __init__(self) -> None:
        self.keys: list[PayloadKey] = []
        self.asked = 0
        self.is_down = False

    def make(self, account_id: str) -> PayloadKey:
        self.keys.append(PayloadKey(secrets.token_hex(4), account_id, secrets.token_bytes(32)))
        return self.keys[-1]

    async def newest(self, account_id: str) -> PayloadKey:
        self._ask()
        mine = [key for key in self.keys if key.account_id == account_id]
        return mine[-1] if mine else self.make(account_id)

    async def by_id(self, key_id: str) -> PayloadKey | None:
        self._ask()
        return next((key for key in self.keys if key.key_id == key_id), None)

    def _ask(self) -> None:
        self.asked += 1
        if self.is_down:
            raise RetryLaterError("down")


@pytest.fixture
def keys() -> Keys:
    return Keys()


def codec(keys: Keys, workflow_id: str = "invoice-sync/acme/invoice/1", *, encrypts: bool = True) -> AccountCodec:
    context = WorkflowSerializationContext(namespace="default", workflow_id=workflow_id)
    return AccountCodec(KeyCache(keys), encrypts=encrypts).with_context(context)


async def test_a_payload_comes_back_as_it_was_and_is_not_readable_meanwhile(keys: Keys) -> None:
    [hidden] = await codec(keys).encode([PLAIN])
    assert hidden.metadata["encoding"] == ENCODING
    assert b"secret-words" not in hidden.SerializeToString()
    assert b"json/plain" not in hidden.SerializeToString()
    assert await codec(keys, "", encrypts=False).decode([hidden, PLAIN]) == [PLAIN, PLAIN]


async def test_equal_payloads_differ_when_encrypted(keys: Keys) -> None:
    first, second = await codec(keys).encode([PLAIN, PLAIN])
    assert first.data != second.data


async def test_where_it_is_off_nothing_is_encrypted_and_no_key_is_made(keys: Keys) -> None:
    assert await codec(keys, encrypts=False).encode([PLAIN]) == [PLAIN]
    assert keys.keys == []


async def test_each_account_has_a_key_of_its_own(keys: Keys) -> None:
    await codec(keys).encode([PLAIN])
    await codec(keys, "account-sweep/other-2026-03-01T10:00:00Z").encode([PLAIN])
    assert [key.account_id for key in keys.keys] == ["acme", "other"]


async def test_without_its_account_s_keys_nobody_can_read_it_and_others_are_not_touched(keys: Keys) -> None:
    [ours] = await codec(keys).encode([PLAIN])
    [theirs] = await codec(keys, "backfill/other").encode([PLAIN])
    keys.keys = [key for key in keys.keys if key.account_id != "acme"]
    with pytest.raises(UnreadablePayloadError, match="was deleted: nobody can read it"):
        await codec(keys).decode([ours])
    assert await codec(keys).decode([theirs]) == [PLAIN]


async def test_a_payload_that_was_changed_or_given_to_another_key_is_refused(keys: Keys) -> None:
    [hidden] = await codec(keys).encode([PLAIN])
    changed = Payload(metadata=hidden.metadata, data=hidden.data[:-1] + bytes([hidden.data[-1] ^ 1]))
    other = keys.make("other")
    moved = Payload(metadata={**hidden.metadata, "key": other.key_id.encode()}, data=hidden.data)
    short = Payload(metadata=hidden.metadata, data=b"x")
    for wrong in (changed, moved, short):
        with pytest.raises(UnreadablePayloadError, match="was changed after it was encrypted"):
            await codec(keys).decode([wrong])


async def test_a_newer_key_is_taken_up_and_the_older_one_still_reads(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    monkeypatch.setattr(payload_codec, "utc_now", lambda: now)
    writer = codec(keys)
    [before] = await writer.encode([PLAIN])
    newer = keys.make("acme")
    assert (await writer.encode([PLAIN]))[0].metadata["key"] == before.metadata["key"]
    now += NEWEST_FOR + timedelta(seconds=1)
    [after] = await writer.encode([PLAIN])
    assert after.metadata["key"].decode() == newer.key_id
    assert await writer.decode([before, after]) == [PLAIN, PLAIN]


async def test_keys_are_asked_for_once_in_a_while_and_writing_outlives_an_outage(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    monkeypatch.setattr(payload_codec, "utc_now", lambda: now)
    writer = codec(keys)
    for _ in range(50):
        await writer.decode(await writer.encode([PLAIN] * 4))
    assert keys.asked == 2
    keys.is_down = True
    now += NEWEST_FOR + timedelta(seconds=1)
    assert (await writer.encode([PLAIN]))[0].metadata["encoding"] == ENCODING
    with pytest.raises(RetryLaterError):
        await codec(keys).encode([PLAIN])


async def test_a_key_that_was_deleted_is_forgotten_after_some_minutes(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    monkeypatch.setattr(payload_codec, "utc_now", lambda: now)
    reader = codec(keys)
    [hidden] = await reader.encode([PLAIN])
    await reader.decode([hidden])
    keys.keys.clear()
    now += KNOWN_FOR + timedelta(seconds=1)
    with pytest.raises(UnreadablePayloadError):
        await reader.decode([hidden])


@pytest.mark.parametrize(
    ("workflow_id", "account_id"),
    [
        ("invoice-sync/acme/credit_note/1", "acme"),
        ("customer-push/acme/k-1", "acme"),
        ("account-sweep/acme", "acme"),
        ("account-sweep/acme-2026-11-26T12:00:00Z", "acme"),
        ("reconcile/acme-7-2026-11-26T12:00:00Z", "acme-7"),
        ("something", NO_ACCOUNT),
        ("", NO_ACCOUNT),
        ("x/", NO_ACCOUNT),
    ],
)
def test_the_account_is_read_from_the_id_of_the_workflow(workflow_id: str, account_id: str) -> None:
    assert account_of(workflow_id) == account_id


def test_an_activity_has_the_account_of_its_workflow(keys: Keys) -> None:
    context = ActivitySerializationContext(
        namespace="default",
        workflow_id="invoice-sync/acme/invoice/1",
        workflow_type=None,
        activity_id="1",
        activity_type=None,
        activity_task_queue=None,
        is_local=False,
    )
    assert AccountCodec(KeyCache(keys), encrypts=True).with_context(context).account_id == "acme"


def test_a_key_shows_no_secret() -> None:
    key = PayloadKey("id", "acme", b"0123456789abcdef0123456789abcdef")
    assert "0123" not in repr(key)
