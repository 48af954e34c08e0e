import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from standins.clock import Clock
from standins.exactjson import MalformedJSON, dumps, loads
from tests.patience import PATIENCE


def test_the_clock_runs_on_from_wherever_it_is_set():
    clock = Clock()
    clock.set(datetime(2030, 1, 1, tzinfo=UTC))
    assert timedelta() <= clock.now() - datetime(2030, 1, 1, tzinfo=UTC) < timedelta(hours=1)
    clock.advance(timedelta(days=60))
    assert clock.now().date().isoformat() == "2030-03-02"
    clock.reset()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(hours=1)


def test_the_clock_is_not_set_with_a_naive_moment():
    with pytest.raises(ValueError, match="aware"):
        Clock().set(datetime(2030, 1, 1))  # noqa: DTZ001 - the mistake under test


async def test_whoever_waits_for_a_moment_wakes_when_the_clock_is_moved_there():
    clock = Clock()
    waiting = asyncio.create_task(clock.wait_until(clock.now() + timedelta(hours=24)))
    await asyncio.sleep(0)
    clock.advance(timedelta(hours=23))
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.advance(timedelta(hours=2))
    await asyncio.wait_for(waiting, PATIENCE)


def test_money_keeps_its_digits_through_json():
    text = b'{"a":1.10,"b":100,"c":"1.10","d":0.1000}'
    value = loads(text)
    assert value["a"] == Decimal("1.10")
    assert isinstance(value["b"], int)
    assert dumps(value) == text


@pytest.mark.parametrize("text", [b"", b"{", b'{"a":NaN}', b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_told_so(text: bytes):
    with pytest.raises(MalformedJSON):
        loads(text)


def test_half_of_a_surrogate_pair_goes_through_json_as_its_escape():
    written = dumps({"name": "Launch \ud83d party", "amount": Decimal("1.10"), "city": "Zürich"})
    assert b"\\ud83d" in written
    assert loads(written) == {"name": "Launch \ud83d party", "amount": Decimal("1.10"), "city": "Zürich"}
