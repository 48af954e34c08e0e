"""A command that follows a workflow while its worker is busy, is replaced or is not there."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.service import RPCError, RPCStatusCode

from xerosync.cli.following import NoWorkerError, Queries, follow
from xerosync.cli.terminal import progress

UNANSWERED = [
    RPCError("Timeout expired", RPCStatusCode.CANCELLED, b""),
    RPCError("query timed out", RPCStatusCode.DEADLINE_EXCEEDED, b""),
    RPCError("no poller seen for task queue recently", RPCStatusCode.FAILED_PRECONDITION, b""),
]


class Workflow:
    """A workflow that ends once its progress was read; its first queries fail."""

    def __init__(self, failures: list[RPCError]) -> None:
        self._failures = failures
        self._ended = asyncio.Event()

    async def result(self) -> str:
        await self._ended.wait()
        return "done"

    async def describe(self) -> Any:
        return SimpleNamespace(raw_description=SimpleNamespace(pending_activities=[]))

    async def progress(self) -> int:
        if self._failures:
            raise self._failures.pop(0)
        self._ended.set()
        return 7


async def test_a_query_that_no_worker_answers_in_time_is_asked_again():
    workflow = Workflow(list(UNANSWERED))

    async def look() -> None:
        await workflow.progress()

    assert await follow(workflow, "the import", look) == "done"


async def test_an_answer_is_waited_for():
    assert await Queries("the import").answer(Workflow(UNANSWERED[:1]).progress) == 7


@pytest.mark.parametrize("error", UNANSWERED, ids=lambda error: error.status.name)
async def test_the_user_reads_once_that_no_worker_answers_and_then_why_it_is_given_up(error: RPCError):
    silent = Workflow([error] * 2).progress
    with progress.capture() as printed:
        patient = Queries("the import", silence=0)
        assert (await patient.ask(silent), await patient.ask(silent)) == (None, None)
    assert printed.get() == "No worker answers: the import goes on as soon as one runs.\n"
    with pytest.raises(NoWorkerError, match=r"start `worker\.py`"):
        await Queries("the import", patience=0).ask(Workflow([error]).progress)


async def test_what_temporal_refuses_is_not_asked_again():
    with pytest.raises(RPCError, match="gone"):
        await Queries("the import").ask(Workflow([RPCError("gone", RPCStatusCode.NOT_FOUND, b"")]).progress)
