"""Encryption of what Temporal keeps: every payload with a key of the account whose workflow it is of.

AES-256-GCM, a nonce of its own for each payload. The key's id stands beside the ciphertext, so reading needs neither
the account nor the setting: payloads of older keys, and plain ones, are read as before. Search attributes and ids of
workflows are not payloads: they stay plain.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    ActivitySerializationContext,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from xerosync.core.clock import utc_now
from xerosync.core.errors import RetryLaterError, XerosyncError

ENCODING = b"binary/encrypted"
NO_ACCOUNT = "-"
"""Whose key encrypts what belongs to no account's workflow."""

NEWEST_FOR = timedelta(minutes=1)
"""How long a process goes on encrypting with a key before it looks whether there is a newer one."""

KNOWN_FOR = timedelta(minutes=10)
"""How long a process can still read with a key that was deleted."""

_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[0-9a-f]+")
_OF_SCHEDULE = re.compile(r"-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")


class UnreadablePayloadError(XerosyncError):
    """A payload's key was deleted, or the payload was changed."""


@dataclass(frozen=True)
class PayloadKey:
    """A key of an account; its secret has 32 bytes."""

    key_id: str
    account_id: str
    secret: bytes

    def __repr__(self) -> str:
        """Name the key without its secret."""
        return f"PayloadKey({self.key_id} of {self.account_id})"


class PayloadKeys(Protocol):
    """Where the keys are kept."""

    async def newest(self, account_id: str) -> PayloadKey:
        """Return the key that encrypts for an account; the first one is made here."""
        ...

    async def by_id(self, key_id: str) -> PayloadKey | None:
        """Return a key, unless it was deleted."""
        ...


@dataclass(frozen=True)
class _Kept:
    key: PayloadKey
    cipher: AESGCM
    until: datetime


class KeyCache:
    """Remembers keys for some minutes, so that a payload costs no query."""

    def __init__(self, keys: PayloadKeys) -> None:
        self._keys = keys
        self._newest: dict[str, _Kept] = {}
        self._known: dict[str, _Kept] = {}

    async def newest(self, account_id: str) -> tuple[PayloadKey, AESGCM]:
        """Return the key that encrypts for an account. While the store is down, the one that did so last."""
        kept = self._newest.get(account_id)
        if kept is None or kept.until < utc_now():
            try:
                kept = _kept(await self._keys.newest(account_id), NEWEST_FOR)
            except RetryLaterError:
                if kept is None:
                    raise
            self._newest[account_id] = kept
        return kept.key, kept.cipher

    async def by_id(self, key_id: str) -> tuple[PayloadKey, AESGCM]:
        """Return a key. Raises UnreadablePayloadError where it was deleted."""
        kept = self._known.get(key_id)
        if kept is None or kept.until < utc_now():
            self._known.pop(key_id, None)
            key = await self._keys.by_id(key_id)
            if key is None:
                raise UnreadablePayloadError(f"The key {key_id} of this payload was deleted: nobody can read it.")
            self._known[key_id] = kept = _kept(key, KNOWN_FOR)
        return kept.key, kept.cipher


@dataclass(frozen=True)
class AccountCodec(PayloadCodec, WithSerializationContext):
    """Encrypts for the account of the workflow in hand, where `encrypts`; reads whatever was encrypted."""

    keys: KeyCache
    encrypts: bool
    account_id: str = NO_ACCOUNT

    def with_context(self, context: SerializationContext) -> "AccountCodec":
        """Return a codec for the account of a workflow, or of an activity's workflow."""
        workflow_id = (
            context.workflow_id
            if isinstance(context, WorkflowSerializationContext | ActivitySerializationContext)
            else None
        )
        return replace(self, account_id=account_of(workflow_id or ""))

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads encrypted with the newest key of the account."""
        if not self.encrypts:
            return list(payloads)
        key, cipher = await self.keys.newest(self.account_id)
        return [_encrypted(payload, key, cipher) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads as they were before; plain ones as they are.

        Raises:
            UnreadablePayloadError: a key was deleted, or a payload was changed.
        """
        return [await self.decoded(payload) for payload in payloads]

    async def decoded(self, payload: Payload) -> Payload:
        """Return one payload as it was before. Raises UnreadablePayloadError."""
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key, cipher = await self.keys.by_id(key_id_of(payload))
        nonce, ciphertext = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            return Payload.FromString(cipher.decrypt(nonce, ciphertext, _bound_to(key)))
        except (InvalidTag, ValueError):
            raise UnreadablePayloadError(f"A payload of key {key.key_id} was changed after it was encrypted.") from None


def account_of(workflow_id: str) -> str:
    """Return the account that a workflow is of: the second part of its id, without what a Schedule adds to that."""
    _, _, rest = workflow_id.partition("/")
    account_id = rest.partition("/")[0]
    return _OF_SCHEDULE.sub("", account_id) or NO_ACCOUNT


def key_id_of(payload: Payload) -> str:
    """Return the id of the key that encrypted a payload. Raises UnreadablePayloadError where it names none."""
    key_id = payload.metadata.get("key", b"").decode("ascii", errors="replace")
    if not _KEY_ID.fullmatch(key_id):
        raise UnreadablePayloadError("An encrypted payload names no key of ours.")
    return key_id


def _encrypted(payload: Payload, key: PayloadKey, cipher: AESGCM) -> Payload:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    ciphertext = cipher.encrypt(nonce, payload.SerializeToString(), _bound_to(key))
    return Payload(metadata={"encoding": ENCODING, "key": key.key_id.encode()}, data=nonce + ciphertext)


def _bound_to(key: PayloadKey) -> bytes:
    """Return what a ciphertext is bound to, so that it can't be taken for another account's."""
    return f"{key.account_id}/{key.key_id}".encode()


def _kept(key: PayloadKey, how_long: timedelta) -> _Kept:
    return _Kept(key, AESGCM(key.secret), utc_now() + how_long)
