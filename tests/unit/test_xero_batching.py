"""Group commit: who travels with whom, and what each gets."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from tests.doubles.allowance import MemoryBudget
from tests.unit.batching import CONNECTION, Echo, Wire, answer, commit, errors, item, ok, submit, turn
from tests.unit.budget_conformance import SteppedClock
from tests.xero_support import StoreDownError, connection, soon
from xerosync.connection.connection import Connection
from xerosync.core.errors import HoldError, RetryLaterError, XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Lane, Reservation, Wait
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.group_commit import GroupCommit, Item
from xerosync.xero.calls.rate_limit import XeroRateLimiter
from xerosync.xero.calls.transport import Transport
from xerosync.xero.errors import (
    BatchFailedError,
    BudgetSpentError,
    DisconnectedError,
    NotSentError,
    XeroRefusedError,
    XeroUnavailableError,
)
from xerosync.xero.oauth.tokens import AccessToken


@pytest.fixture
def wire() -> Wire:
    return Wire()


async def test_one_alone_leaves_at_once(wire: Wire):
    assert await commit(wire).submit(CONNECTION, item("a"), Lane.LIVE) == "did a"
    assert wire.calls == [["a"]]


async def test_what_arrives_while_a_call_is_in_flight_leaves_together(wire: Wire):
    group = commit(wire)
    wire.gate.clear()
    first = submit(group, item("a"))
    await wire.called(1)
    rest = submit(group, item("b"), item("c"), item("d"))
    await turn()
    assert wire.calls == [["a"]]
    wire.gate.set()
    assert await asyncio.gather(*first, *rest) == ["did a", "did b", "did c", "did d"]
    assert wire.calls == [["a"], ["b", "c", "d"]]


async def test_those_whom_an_answer_does_not_tell_of_leave_in_smaller_batches_from_then_on(wire: Wire):
    group = commit(wire)
    wire.respond = lambda keys: ok(keys, **(dict.fromkeys(keys, "") if len(keys) > 1 else {}))
    wire.gate.clear()
    first = submit(group, item("a"))
    await wire.called(1)
    rest = submit(group, item("b"), item("c"))
    wire.gate.set()
    assert len(await errors([*first, *rest])) == 2
    assert await asyncio.gather(*submit(group, item("b"), item("c"))) == ["did b", "did c"]
    assert wire.calls == [["a"], ["b", "c"], ["b"], ["c"]]


async def test_a_full_batch_leaves_beside_the_one_in_flight_but_no_third(wire: Wire):
    group = commit(wire)
    wire.gate.clear()
    tasks = submit(group, item("first"))
    await wire.called(1)
    tasks += submit(group, *(item(f"{number}") for number in range(12)))
    await wire.called(2)
    await turn()
    assert [len(call) for call in wire.calls] == [1, 5]
    wire.gate.set()
    await asyncio.gather(*tasks)
    assert [len(call) for call in wire.calls] == [1, 5, 5, 2]
    assert wire.most_together == 2


async def test_a_batch_keeps_within_its_bytes_and_a_giant_goes_alone(wire: Wire):
    group = commit(wire)
    wire.gate.clear()
    tasks = submit(group, item("first"))
    await wire.called(1)
    tasks += submit(group, item("a", 600), item("b", 600), item("c", 300), item("giant", 5000), item("d", 1))
    await wire.called(2)
    wire.gate.set()
    await asyncio.gather(*tasks)
    assert wire.calls[1:] == [["a", "c", "d"], ["b"], ["giant"]]


async def test_two_of_one_number_never_share_a_call(wire: Wire):
    group = commit(wire)
    tasks = submit(group, item("a"), item("a"), item("b"))
    await asyncio.gather(*tasks)
    assert wire.calls == [["a", "b"], ["a"]]


async def test_lanes_and_organisations_do_not_wait_for_each_other(wire: Wire):
    group = commit(wire)
    wire.gate.clear()
    tasks = submit(group, item("bulk"), lane=Lane.BULK)
    await wire.called(1)
    tasks += submit(group, item("live"))
    tasks.append(asyncio.create_task(group.submit(connection("tenant-2"), item("other"), Lane.BULK)))
    await wire.called(3)
    wire.gate.set()
    await asyncio.gather(*tasks)


async def test_each_gets_its_own_result_and_a_refusal_is_one_members_alone(wire: Wire):
    wire.respond = lambda keys: ok(keys, b="! Invoice # must be unique.")
    tasks = submit(commit(wire), item("a"), item("b"), item("c"))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[0] == "did a"
    assert results[2] == "did c"
    assert isinstance(results[1], HoldError)
    assert results[1].reason is HoldReason.NUMBER_TAKEN


async def test_who_is_not_in_the_answer_may_have_been_done(wire: Wire):
    wire.respond = lambda keys: ok(keys, b="")
    tasks = submit(commit(wire), item("a"), item("b"))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[0] == "did a"
    assert isinstance(results[1], XeroUnavailableError)
    assert results[1].ambiguous


async def test_a_batch_refused_whole_is_ambiguous_for_each_and_travels_smaller_next_time(wire: Wire):
    def poisoned(keys: list[str]) -> Answer:
        return answer(400, {"Message": "Bad element"}) if "poison" in keys else ok(keys)

    wire.respond = poisoned
    group = commit(wire)
    keys = ["a", "b", "poison", "c", "d"]
    failed = await errors(submit(group, *map(item, keys)))
    assert len(failed) == 5
    assert all(isinstance(error, BatchFailedError) and error.ambiguous for error in failed)
    assert [str(error) for error in failed if isinstance(error, BatchFailedError)] == [str(BatchFailedError())] * 5
    results = await asyncio.gather(*submit(group, *map(item, keys)), return_exceptions=True)
    assert [call for call in wire.calls[1:] if len(call) > 1] == []
    assert isinstance(results[2], XeroRefusedError)
    assert [result for result in results if isinstance(result, str)] == ["did a", "did b", "did c", "did d"]
    await asyncio.gather(*submit(group, item("a"), item("b")))
    assert wire.calls[-1] == ["a", "b"]


async def test_a_batch_that_breaks_xero_is_halved(wire: Wire):
    wire.respond = lambda keys: answer(500, {}) if len(keys) > 1 else ok(keys)
    group = commit(wire)
    keys = ["a", "b", "c", "d"]
    failed = await errors(submit(group, *map(item, keys)))
    assert all(isinstance(error, XeroUnavailableError) and error.ambiguous for error in failed)
    await errors(submit(group, *map(item, keys)))
    assert [len(call) for call in wire.calls] == [4, 2, 2]
    await asyncio.gather(*submit(group, *map(item, keys)))


async def test_maintenance_does_not_break_batches_up(wire: Wire):
    wire.respond = lambda _: answer(503, {})
    group = commit(wire)
    await errors(submit(group, item("a"), item("b")))
    wire.respond = ok
    await asyncio.gather(*submit(group, item("a"), item("b")))
    assert wire.calls == [["a", "b"], ["a", "b"]]


async def test_a_disconnected_organisation_is_every_members_hold(wire: Wire):
    wire.respond = lambda _: answer(403, {"Detail": "AuthenticationUnsuccessful"})
    failed = await errors(submit(commit(wire), item("a"), item("b")))
    assert [type(error) for error in failed] == [DisconnectedError] * 2


async def test_who_was_cancelled_while_waiting_is_not_sent(wire: Wire):
    group = commit(wire)
    wire.gate.clear()
    first = submit(group, item("a"))
    await wire.called(1)
    gone, stays = submit(group, item("gone"), item("stays"))
    await turn()
    gone.cancel()
    wire.gate.set()
    await asyncio.gather(*first, stays)
    assert wire.calls == [["a"], ["stays"]]


async def test_a_call_goes_on_when_its_submitter_is_cancelled(wire: Wire):
    group = commit(wire)
    wire.gate.clear()
    gone, stays = submit(group, item("gone"), item("stays"))
    await wire.called(1)
    gone.cancel()
    wire.gate.set()
    assert await stays == "did stays"


async def test_who_is_too_late_is_told_so_and_not_sent(wire: Wire):
    group = commit(wire)
    wire.gate.clear()
    first = submit(group, item("a"))
    await wire.called(1)
    late = submit(group, item("late", send_before=datetime.now(UTC) + timedelta(milliseconds=20)))
    timely = submit(group, item("timely", send_before=soon()))
    (error,) = await errors(late)
    assert isinstance(error, NotSentError)
    assert not error.ambiguous
    wire.gate.set()
    await asyncio.gather(*first, *timely)
    assert wire.calls == [["a"], ["timely"]]


async def test_a_member_that_became_late_while_the_token_was_had_stays_behind(wire: Wire):
    clock = SteppedClock()
    wire.clock = clock
    group = commit(wire)
    authorise = wire.authorise

    async def slowly(at: Connection) -> AccessToken:
        clock.advance(seconds=31)
        return await authorise(at)

    wire.authorise = slowly  # type: ignore[method-assign]
    (error,) = await errors(submit(group, item("late", send_before=clock() + timedelta(seconds=30))))
    assert isinstance(error, NotSentError)
    assert wire.calls == []


@pytest.mark.parametrize("error", [StoreDownError(), DisconnectedError()])
async def test_without_a_token_nothing_is_sent_and_nothing_is_ambiguous(wire: Wire, error: XerosyncError):
    wire.refuses_tokens = error
    failed = await errors(submit(commit(wire), item("a"), item("b")))
    assert len(failed) == 2
    assert not any(isinstance(it, RetryLaterError) and it.ambiguous for it in failed)
    assert wire.calls == []


class Spent(MemoryBudget):
    """A budget with nothing left for hours."""

    async def reserve(self, tenant_id: str, lane: Lane) -> Reservation | Wait:
        del tenant_id, lane
        return Wait(timedelta(hours=3))


async def test_a_spent_budget_is_told_to_all_who_wait(wire: Wire):
    failed = await errors(submit(commit(wire, Spent()), item("a"), item("b")))
    assert [error.retry_after for error in failed if isinstance(error, BudgetSpentError)] == [timedelta(hours=3)] * 2


async def test_a_call_that_nobody_wants_any_more_gives_its_turn_back(wire: Wire):
    budget = MemoryBudget()
    group = commit(wire, budget)
    (gone,) = submit(group, item("gone"))
    await asyncio.sleep(0)
    gone.cancel()
    await group.close()
    assert wire.calls == []
    for _ in range(60):
        granted = await budget.reserve(CONNECTION.tenant_id, Lane.LIVE)
        assert isinstance(granted, Reservation)
        await budget.release(granted)


async def test_a_bug_in_the_reading_leaves_nobody_waiting(wire: Wire):
    class Broken(Echo):
        def results(self, items: Sequence[Item], answer: Answer) -> Mapping[str, str | XerosyncError]:
            raise KeyError(answer.status, len(items))

    group = GroupCommit(Broken(), cast("Transport", wire), XeroRateLimiter(MemoryBudget()))
    (error,) = await errors(submit(group, item("a")))
    assert isinstance(error, XeroUnavailableError)
    assert error.ambiguous


async def test_a_bug_before_the_call_leaves_nobody_waiting_either(wire: Wire):
    class Broken(MemoryBudget):
        async def reserve(self, tenant_id: str, lane: Lane) -> Reservation | Wait:
            raise KeyError(tenant_id, lane)

    failed = await errors(submit(commit(wire, Broken()), item("a"), item("b")))
    assert [type(error) for error in failed] == [NotSentError] * 2
    assert wire.calls == []


async def test_closing_waits_for_the_calls_under_way(wire: Wire):
    group = commit(wire)
    wire.gate.clear()
    tasks = submit(group, item("a"))
    await wire.called(1)
    closing = asyncio.create_task(group.close())
    await turn()
    assert not closing.done()
    wire.gate.set()
    await closing
    assert await tasks[0] == "did a"


async def test_where_the_minute_runs_low_the_next_call_waits_for_company(wire: Wire):
    wire.respond = lambda keys: replace(ok(keys), headers={"x-minlimit-remaining": "20"})
    commits = commit(wire)
    await commits.submit(CONNECTION, item("first"), Lane.LIVE)
    alone = asyncio.create_task(commits.submit(CONNECTION, item("a"), Lane.LIVE))
    await asyncio.sleep(0.01)
    assert len(wire.calls) == 1
    others = [asyncio.create_task(commits.submit(CONNECTION, item(key), Lane.LIVE)) for key in "bcde"]
    await asyncio.gather(alone, *others)
    assert wire.calls == [["first"], [*"abcde"]]


async def test_in_a_lane_that_waits_what_comes_within_a_second_leaves_together_and_nobody_else_waits(wire: Wire):
    second = asyncio.Event()
    slow: Any = wire
    slow.sleep = lambda _: second.wait()
    commits = commit(wire, waits_in=[Lane.SWEEP])
    seen = submit(commits, item("a"), lane=Lane.SWEEP)
    await turn()
    seen += submit(commits, item("b"), item("c"), lane=Lane.SWEEP)
    assert await commits.submit(CONNECTION, item("live"), Lane.LIVE) == "did live"
    assert wire.calls == [["live"]]
    second.set()
    assert await asyncio.gather(*seen) == ["did a", "did b", "did c"]
    assert wire.calls == [["live"], ["a", "b", "c"]]
