"""Limits and the Idempotency-Key, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from standins.xero.limits import Limits
from tests.patience import PATIENCE
from tests.standins.frame_xero import ORG, OTHER_ORG, Bench, bare_xero

LEFT = ("x-daylimit-remaining", "x-minlimit-remaining", "x-appminlimit-remaining")


@asynccontextmanager
async def limited(**figures: int) -> AsyncIterator[Bench]:
    async with bare_xero(limits_=Limits(**figures)) as bench:
        yield bench


async def test_every_answer_tells_what_is_left_of_minute_day_and_app():
    async with limited() as bench:
        for call in range(1, 4):
            answer = await bench.call()
            assert [int(answer.headers[name]) for name in LEFT] == [5000 - call, 60 - call, 10_000 - call]


async def test_the_headers_come_and_nothing_is_refused_where_limits_are_off():
    async with bare_xero() as bench:
        for _ in range(70):
            answer = await bench.call()
            assert answer.status_code == 200
            assert [answer.headers[name] for name in LEFT] == ["5000", "60", "10000"]


async def test_the_sixty_first_call_of_a_minute_is_429_with_seconds_to_wait():
    async with limited() as bench:
        for _ in range(60):
            assert (await bench.call()).status_code == 200
        refused = await bench.call()
        assert refused.status_code == 429
        assert refused.headers["x-rate-limit-problem"] == "minute"
        assert refused.headers["x-minlimit-remaining"] == "0"
        wait = int(refused.headers["retry-after"])
        assert 0 < wait <= 60
        assert len(bench.xero.calls) == 60
        assert (await bench.call(tenant=OTHER_ORG)).status_code == 200
        bench.xero.clock.advance(timedelta(seconds=wait))
        assert (await bench.call()).status_code == 200


async def test_a_day_is_refused_with_hours_to_wait_in_seconds():
    async with limited(day=3) as bench:
        for _ in range(3):
            await bench.call()
            bench.xero.clock.advance(timedelta(hours=1))
        refused = await bench.call()
        assert (refused.status_code, refused.headers["x-rate-limit-problem"]) == (429, "day")
        assert 20 * 3600 < int(refused.headers["retry-after"]) <= 21 * 3600
        bench.xero.clock.advance(timedelta(hours=21))
        assert (await bench.call()).status_code == 200
        assert (await bench.call()).status_code == 429


async def test_an_app_has_a_minute_of_its_own_over_all_organisations():
    async with limited(app_minute=2) as bench:
        await bench.call(tenant=ORG)
        await bench.call(tenant=OTHER_ORG)
        refused = await bench.call(tenant=ORG)
        assert refused.headers["x-rate-limit-problem"] == "appminute"
        assert int(refused.headers["retry-after"]) <= 60


async def test_the_sixth_call_at_once_is_429_without_a_time_to_wait():
    async with limited() as bench:
        arrived, go_on = asyncio.Semaphore(0), asyncio.Event()
        bench.xero.gate = (arrived, go_on)
        under_way = [asyncio.create_task(bench.call()) for _ in range(5)]
        for _ in under_way:
            await asyncio.wait_for(arrived.acquire(), PATIENCE)
        refused = await bench.call()
        bench.xero.gate = None
        other = await bench.call(tenant=OTHER_ORG)
        go_on.set()
        answers = await asyncio.gather(*under_way)
        assert refused.status_code == 429
        assert refused.headers["x-rate-limit-problem"] == "concurrent"
        assert "retry-after" not in refused.headers
        assert {answer.status_code for answer in [*answers, other]} == {200}
        assert (await bench.call()).status_code == 200


async def test_a_refused_call_counts_against_nothing():
    async with limited(minute=1) as bench:
        await bench.call()
        left = [(await bench.call()).headers["x-daylimit-remaining"] for _ in range(3)]
        assert left == ["4999"] * 3


async def test_limits_are_shown_changed_and_reset_on_demand():
    async with limited(minute=1) as bench:
        await bench.call()
        assert (await bench.call()).status_code == 429
        assert (await bench.sandbox("limits", reset=True))["minute"] == 1
        assert (await bench.call()).status_code == 200
        assert (await bench.sandbox("limits", limits="starter"))["day"] == 1000
        assert (await bench.sandbox("limits", limits=0.5))["minute"] == 30
        assert (await bench.sandbox("limits", limits="off"))["enforced"] is False
        assert (await bench.http.post("/_sandbox/limits", json={"limits": "many"})).status_code == 400


async def test_a_reset_of_the_stand_in_forgets_calls_and_keys():
    async with limited(minute=1) as bench:
        await put(bench, "k")
        await bench.http.post("/_sandbox/reset")
        assert (await put(bench, "k"))[1]["call"] == 2


@pytest.mark.parametrize(("factor", "figures"), [(2, (10, 120, 10_000, 20_000)), (0.01, (1, 1, 50, 100))])
def test_scaled_limits_are_xeros_times_a_factor_and_never_nothing(factor: float, figures: tuple[int, ...]):
    limits = Limits.scaled(factor)
    assert (limits.concurrent, limits.minute, limits.day, limits.app_minute) == figures


@pytest.mark.parametrize("factor", [0, -1, float("inf"), float("nan")])
def test_a_factor_of_nothing_is_refused(factor: float):
    with pytest.raises(ValueError, match="above 0"):
        Limits.scaled(factor)


async def put(bench: Bench, key: str, body: bytes = b"{}", **kw: Any) -> tuple[int, Any]:
    answer = await bench.call(
        method="PUT", content=body, headers={"Idempotency-Key": key, **dict(kw.pop("headers", {}))}, **kw
    )
    return answer.status_code, answer.json()


async def test_a_repeated_key_is_answered_from_memory_for_six_minutes_from_the_first_call():
    async with bare_xero() as bench:
        first = await put(bench, "k")
        bench.xero.clock.advance(timedelta(minutes=5))
        assert await put(bench, "k") == first
        bench.xero.clock.advance(timedelta(minutes=1))
        assert await put(bench, "k") != first
        assert len(bench.xero.calls) == 2


async def test_errors_are_remembered_too():
    async with bare_xero() as bench:
        first = await put(bench, "k", headers={"x-fail": "1"})
        assert first[0] == 400
        assert await put(bench, "k") == first


async def test_a_key_with_another_request_is_refused():
    async with bare_xero() as bench:
        await put(bench, "k", b"1")
        for change in ({"body": b"2"}, {"path": "Contacts"}, {"tenant": OTHER_ORG}):
            status, answer = await put(bench, "k", **{"body": b"1", **change})
            assert status == 400
            assert answer["Type"] == "ValidationException"
            messages = [error["Message"] for element in answer["Elements"] for error in element["ValidationErrors"]]
            assert messages == ["Idempotency Key: k is used with a different request."]
        assert len(bench.xero.calls) == 1


async def test_a_key_has_at_most_128_characters():
    async with bare_xero() as bench:
        assert (await put(bench, "k" * 128))[0] == 200
        assert (await put(bench, "k" * 129))[0] == 400


async def test_a_key_belongs_to_the_app():
    async with bare_xero(authentication=True) as bench:
        await bench.sandbox("identity/apps", client_id="other", client_secret="s", granular=False)
        for client in ("xerosync-dev", "other"):
            token = (await bench.sandbox("identity/grants", client_id=client))["access_token"]
            await bench.call(token, method="PUT", content=b"{}", headers={"Idempotency-Key": "k"})
        assert len(bench.xero.calls) == 2


async def test_two_calls_at_once_with_one_key_commit_once():
    async with bare_xero() as bench:
        answers = await asyncio.gather(*(put(bench, "k") for _ in range(4)))
        assert len({str(answer) for answer in answers}) == 1
        assert len(bench.xero.calls) == 1


async def test_replays_count_toward_the_limits():
    async with limited() as bench:
        left = []
        for _ in range(2):
            answer = await bench.call(method="PUT", content=b"1", headers={"Idempotency-Key": "k"})
            left.append(answer.headers["x-minlimit-remaining"])
        assert left == ["59", "58"]
        assert len(bench.xero.calls) == 1


async def test_a_lost_answer_is_given_again_for_the_same_key():
    async with bare_xero() as bench:
        bench.xero.faults.add("truncated", times=1)
        with pytest.raises(Exception, match="peer closed"):
            await put(bench, "k")
        assert await put(bench, "k") == (200, {"call": 1, "Accounts": []})


async def test_a_batch_that_broke_off_is_remembered_as_the_500_it_was():
    async with bare_xero() as bench:
        bench.xero.faults.add("partial", k=1, times=1)
        assert (await put(bench, "k"))[0] == 500
        assert (await put(bench, "k"))[0] == 500
        assert len(bench.xero.calls) == 1


async def test_reads_take_no_key():
    async with bare_xero() as bench:
        answers = [await bench.call(headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert [answer.json()["call"] for answer in answers] == [1, 2]
