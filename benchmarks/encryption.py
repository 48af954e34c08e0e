"""What encryption costs a document's life: each payload encrypted where it is written, decrypted where it is read.

Beside it the same values are turned into JSON and back, as happens to them with and without encryption.
"""

import secrets
import time
from collections.abc import Awaitable, Callable, Sequence

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter

from benchmarks.figures import Figure, middle
from benchmarks.history import history_of_a_life
from tests.raw_temporal import payloads_of
from xerosync.core.payload_codec import AccountCodec, KeyCache, PayloadKey

TITLE = "Encryption of a life"
_REPEATED = 50
"""Lives in one round: one alone is too short to be timed."""


async def measure(rounds: int = 20) -> list[Figure]:
    """Encrypt and decrypt the payloads of a life, and turn them into JSON and back, in turns."""
    payloads = [each for each in payloads_of((await history_of_a_life(1)).events) if each.data]
    codec = AccountCodec(KeyCache(_OneKey()), encrypts=True)
    encrypted = [(await codec.encode([each]))[0] for each in payloads]
    there_and_back: list[float] = []
    converted: list[float] = []
    for _ in range(rounds):
        there_and_back.append(await _milliseconds(lambda: _encrypt(codec, payloads)))
        converted.append(await _milliseconds(lambda: _convert(payloads)))
    ratios = [ours / json for ours, json in zip(there_and_back, converted, strict=True)]
    sizes = [sum(each.ByteSize() for each in several) for several in (payloads, encrypted)]
    return [
        Figure("payloads of a life", len(payloads), note=f"{sizes[0]:,} bytes"),
        Figure("bytes encrypted, to plain ones", sizes[1] / sizes[0]),
        Figure("a life's payloads there and back", middle(there_and_back), "ms", at_most=1, note="of the processor"),
        Figure(
            "ratio to their JSON there and back", middle(ratios), note=f"from {min(ratios):.2f} to {max(ratios):.2f}"
        ),
    ]


async def _milliseconds(life: Callable[[], Awaitable[None]]) -> float:
    """Return what one life takes of the processor, whatever others do meanwhile."""
    began = time.thread_time()
    for _ in range(_REPEATED):
        await life()
    return (time.thread_time() - began) * 1000 / _REPEATED


async def _encrypt(codec: AccountCodec, payloads: Sequence[Payload]) -> None:
    for each in payloads:
        await codec.decode(await codec.encode([each]))


async def _convert(payloads: Sequence[Payload]) -> None:
    converter = pydantic_data_converter.payload_converter
    for each in payloads:
        converter.to_payloads(converter.from_payloads([each]))


class _OneKey:
    """One account's key, kept in memory as a worker keeps it."""

    def __init__(self) -> None:
        self._key = PayloadKey("0123456789abcdef", "acme", secrets.token_bytes(32))

    async def newest(self, account_id: str) -> PayloadKey:
        del account_id
        return self._key

    async def by_id(self, key_id: str) -> PayloadKey | None:
        return self._key if key_id == self._key.key_id else None
