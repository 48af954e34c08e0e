"""`sweep`: ask Xero now what changed, and show what came of it."""

import asyncio
import shlex

from temporalio.client import WorkflowHandle

from xerosync.cli.app import Account, Json, WithServices
from xerosync.cli.following import follow, showing_progress
from xerosync.cli.terminal import console, counted, print_json
from xerosync.documents.client import sweep_now, sweep_runs
from xerosync.documents.messages import SequenceSweepResult, SweepResult, XeroSweepResult
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
    with showing_progress("Asking both sides what changed") as step:

        async def check() -> None:
            step()

        result = await follow(await _triggered(services, connection.account_id), "the sweep", check)
    if json:
        print_json(result.model_dump(mode="json"))
    else:
        console.print(words(result))


def words(result: SweepResult) -> str:
    """Return what a sweep did on both sides, in sentences."""
    return " ".join(filter(None, (_in_xero(result.xero), _in_sequence(result.sequence))))


def _in_xero(swept: XeroSweepResult) -> str:
    if swept.rests_until and swept.day_left is None:
        return f"Xero was not asked: its webhook announces changes, so sweeps rest until {swept.rests_until:%H:%M} UTC."
    if swept.rests_until:
        return (
            f"Xero was not asked: {swept.day_left} calls to it are left of the day, so sweeps rest until "
            f"{swept.rests_until:%H:%M} UTC."
        )
    if not swept.calls and not swept.read:
        return "No document waits for anything in Xero, so it was not asked."
    read = (
        f"Read {counted(swept.read, 'document')} in Xero with {counted(swept.calls, 'page')} of lists; "
        f"{counted(swept.signalled, 'document')} changed."
    )
    if not swept.passed_over:
        return read
    names = ", ".join(swept.passed_over)
    first = shlex.quote(swept.passed_over[0])
    return f"{read} Xero refused to look up {names}: `starter.py resync {first}` reads the first by its id instead."


def _in_sequence(swept: SequenceSweepResult) -> str:
    sentences: list[str] = []
    if swept.retried:
        sentences.append(f"{counted(swept.retried, 'hold')} tried again.")
    if swept.compared is not None:
        differing = f"{counted(swept.differing, 'document')} differed" if swept.differing else "none differed"
        sentences.append(f"Compared {counted(swept.compared, 'document')} with Sequence; {differing}.")
    if swept.new:
        sentences.append(f"{counted(swept.new, 'document')} had never been signalled.")
    return " ".join(sentences)


async def _triggered(services: Services, account_id: str) -> WorkflowHandle[object, SweepResult]:
    """Trigger a sweep and return its run: the one that is begun, or the one that waits already behind another."""
    await services.spacings.ask(account_id)
    before = {run.run_id for run in await sweep_runs(services.temporal, account_id)}
    await sweep_now(services.temporal, account_id)
    while True:
        fresh = [run for run in await sweep_runs(services.temporal, account_id) if run.run_id not in before]
        if fresh:
            return fresh[0]
        await asyncio.sleep(_POLL_SECONDS)
