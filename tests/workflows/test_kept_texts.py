"""The search for names in what Temporal keeps finds them wherever they are planted."""

import asyncio
import contextlib
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from tests.histories import kept_of
from tests.patience import until
from tests.workflows.house import House
from xerosync.core.temporal import DOCUMENT_NUMBER, SEQUENCE_CUSTOMER

A_DAY = timedelta(days=1)


def name(place: str) -> str:
    """Return a person's name that stands in one place alone, with letters that JSON may escape."""
    return f"Zoë «{place}»"


@activity.defn
async def work(text: str) -> str:
    del text
    return name("activity's result")


@activity.defn
async def fail() -> None:
    failure = ApplicationError(name("failure"), {"who": name("failure's details")}, non_retryable=True)
    raise failure from ValueError(name("failure's cause"))


@activity.defn
async def stay() -> None:
    if activity.info().attempt == 1:
        raise RuntimeError(name("pending failure"))
    activity.heartbeat(name("heartbeat"))
    await asyncio.Event().wait()


@workflow.defn
class Planted:
    """Says a name wherever a workflow can."""

    def __init__(self) -> None:
        self.may_end = False

    @workflow.run
    async def run(self, text: str) -> str:
        del text
        workflow.upsert_search_attributes([DOCUMENT_NUMBER.value_set(name("changed search attribute"))])
        await workflow.execute_activity(work, name("activity's argument"), start_to_close_timeout=A_DAY)
        with contextlib.suppress(ActivityError):
            await workflow.execute_activity(fail, start_to_close_timeout=A_DAY)
        staying = workflow.start_activity(stay, start_to_close_timeout=A_DAY)
        await workflow.wait_condition(lambda: self.may_end)
        staying.cancel()
        return name("result")

    @workflow.signal
    def end(self, text: str) -> None:
        del text
        self.may_end = True


async def test_a_name_is_found_wherever_temporal_keeps_it(house: House):
    kept_while_pending = {"pending failure", "heartbeat"}
    kept = {
        *("argument", "memo", "search attribute", "changed search attribute", "signal", "result"),
        *("activity's argument", "activity's result", "failure", "failure's details", "failure's cause"),
    }
    async with Worker(
        house.client,
        task_queue="planted",
        workflows=[Planted],
        activities=[work, fail, stay],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        handle = await house.client.start_workflow(
            Planted.run,
            name("argument"),
            id="planted",
            task_queue="planted",
            memo={"who": name("memo")},
            search_attributes=TypedSearchAttributes([SearchAttributePair(SEQUENCE_CUSTOMER, name("search attribute"))]),
        )

        async def is_pending() -> bool:
            words = await kept_of(handle)
            return all(name(place) in words for place in kept_while_pending)

        await until(is_pending)
        await handle.signal(Planted.end, name("signal"))
        await handle.result()
        words = await kept_of(handle)
    assert {place for place in kept if name(place) not in words} == set()
