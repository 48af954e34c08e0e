"""Every command that a hold or a finding prints, typed as it stands: with one account, and with two of one number."""

import json
import re
import shlex
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.integration.branch import open_branch
from tests.integration.office import LINE, NUMBERS, Office
from tests.integration.program import run
from xerosync.core.documents import DocumentRef, Kind
from xerosync.documents.messages import SyncState

_ASKS_A_PERSON = ("connect",)
"""Waits for a browser."""


@pytest.fixture
async def branch(office: Office) -> AsyncIterator[Office]:
    async with open_branch(office) as opened:
        yield opened


async def held(office: Office, number: str) -> list[DocumentRef]:
    """Return documents that wait for three reasons, and one that nobody signalled."""
    linked, unlinked = await office.customer(), await office.customer(linked=False)
    rejected = {**LINE, "externalIds": [{"key": "Xero", "value": "999"}]}
    refs = [
        await office.draft(customer, lines=[line], **{NUMBERS[Kind.INVOICE]: f"{number}-{place}", **fields})
        for place, (customer, line, fields) in enumerate(
            [(unlinked, LINE, {}), (linked, rejected, {}), (linked, LINE, {"currency": "JPY"}), (linked, LINE, {})]
        )
    ]
    for ref in refs:
        await office.act(ref, "finalize")
    await office.signal(refs[:3], "finalized")
    await office.reach(refs[:3], SyncState.HELD)
    return refs


async def typed(office: Office, command: str, folder: Path, *, several: bool = False) -> None:
    """Type a command as it stands, with a code in place of CODE; it must be understood, and find its account."""
    program, *words = shlex.split(command.replace("CODE", "200"))
    assert program == "starter.py"
    if words[0] in _ASKS_A_PERSON:
        return
    ended = await run(*words, folder=folder, settings=office.environment)
    assert ended.code in (0, 1), f"{command}: {ended.err}"
    assert "--account" not in ended.err, f"{command}: {ended.err}"
    if several:  # what a command prints can be typed, too
        printed = re.findall(r"`(starter\.py [^`]*)`", ended.out)
        assert all("--account" in each for each in printed if each != "starter.py status"), printed


async def steps_of(office: Office, refs: Sequence[DocumentRef], folder: Path) -> list[str]:
    """Return the steps that are printed for the documents, those that let one alone last."""
    steps: list[str] = []
    for ref in refs:
        shown = await run("status", "invoice", ref.document_id, "--json", folder=folder, settings=office.environment)
        assert shown.data["next_steps"]
        steps += shown.data["next_steps"]
    found = await run(
        *("reconcile", "--json", "--account", office.account_id), folder=folder, settings=office.environment
    )
    assert found.code == 1
    steps += [
        step
        for row in json.loads(found.out)["findings"]
        for step in row["next_steps"]
        if row["cause"] == "never_signalled"
    ]
    return sorted(dict.fromkeys(steps), key=lambda step: " ignore " in step)


@pytest.mark.slow
async def test_every_printed_command_can_be_typed_with_two_accounts(office: Office, branch: Office, tmp_path: Path):
    here, there = await held(office, "TYPED"), await held(branch, "TYPED")
    for of, refs in ((office, here), (branch, there)):
        for step in await steps_of(of, refs[:3], tmp_path):
            assert f"--account {of.account_id}" in step
            await typed(of, step, tmp_path, several=True)
    assert {(await office.link(ref)).ignored is not None for ref in here[:3]} == {True}
    assert {(await branch.link(ref)).ignored is not None for ref in there[:3]} == {True}


@pytest.mark.slow
async def test_every_printed_command_can_be_typed_with_one_account(office: Office, tmp_path: Path):
    refs = await held(office, "ALONE")
    for step in await steps_of(office, refs[:3], tmp_path):
        await typed(office, step, tmp_path)
    assert {(await office.link(ref)).ignored is not None for ref in refs[:3]} == {True}
