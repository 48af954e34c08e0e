"""`sweep`: ask Xero now what changed, and show what came of it."""

import asyncio

from temporalio.client import WorkflowHandle

from xerosync.cli.app import Account, Json, WithServices
from xerosync.cli.following import follow, showing_progress
from xerosync.cli.terminal import console, counted, print_json
from xerosync.documents.client import sweep_now, sweep_runs
from xerosync.documents.messages import SweepResult
from xerosync.operations.defaults import connected
from xerosync.services import Services

_POLL_SECONDS = 0.2


async def sweep(*, account: Account = None, json: Json = False, services: WithServices) -> None:
    """Ask Xero at once what changed there, as it is asked every so often by itself.

    Raises:
        MisconfiguredError: the account is not connected.
        RetryLaterError: nobody works, or Temporal does not answer.
    """
    connection = await connected(services, account)
    with showing_progress("Asking Xero what changed") as step:

        async def check() -> None:
            step()

        result = await follow(await _triggered(services, connection.account_id), "the sweep", check)
    if json:
        print_json(result.model_dump(mode="json"))
    else:
        console.print(words(result))


def words(result: SweepResult) -> str:
    """Return what a sweep did, in a sentence."""
    if result.rests_until:
        return (
            f"Nothing was asked: {result.day_left} calls to Xero are left of the day, so sweeps rest until "
            f"{result.rests_until:%H:%M} UTC."
        )
    if not result.calls and not result.read:
        return "No document waits for anything in Xero, so nothing was asked."
    told = (
        f"Read {counted(result.read, 'document')} in Xero with {counted(result.calls, 'page')} of lists; "
        f"{counted(result.signalled, 'document')} changed."
    )
    if not result.passed_over:
        return told
    names = ", ".join(result.passed_over)
    return f"{told} Xero refused to look up {names}: `resync` reads each by its id instead."


async def _triggered(services: Services, account_id: str) -> WorkflowHandle[object, SweepResult]:
    """Trigger a sweep and return its run: the one that is begun, or the one that waits already behind another."""
    before = {run.run_id for run in await sweep_runs(services.temporal, account_id)}
    await sweep_now(services.temporal, account_id)
    while True:
        fresh = [run for run in await sweep_runs(services.temporal, account_id) if run.run_id not in before]
        if fresh:
            return fresh[0]
        await asyncio.sleep(_POLL_SECONDS)
