"""Payments on the stand-ins, over HTTP: paid in Xero, reported to Sequence by the sweep."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.histories import kept_of
from tests.integration.branch import open_branch
from tests.integration.office import Office
from tests.integration.program import run
from tests.patience import until
from xerosync.core.errors import MisconfiguredError
from xerosync.documents.client import sweep_now
from xerosync.documents.messages import SyncState


@pytest.fixture
async def branch(office: Office) -> AsyncIterator[Office]:
    async with open_branch(office) as opened:
        await opened.services.store.set_defaults(opened.account_id, report_payments=True)
        yield opened


async def test_an_invoice_that_is_paid_in_two_parts_shows_both_in_sequence_and_is_settled(
    branch: Office, tmp_path: Path
):
    ref = await branch.final(await branch.customer())
    await branch.act(ref, "send")
    await branch.signal([ref], "sent")
    await branch.reach([ref], SyncState.SENT)
    xero = (await branch.link(ref)).xero
    assert xero

    async def shown() -> str:
        arguments = ("status", "invoice", ref.document_id, "--account", branch.account_id)
        ended = await run(*arguments, folder=tmp_path, settings=branch.environment)
        [row] = [line for line in ended.out.splitlines() if line.startswith("paid ")]
        return row

    async def pay(status: str, **amount: str) -> None:
        where = f"/_sandbox/Invoices/{xero.xero_id}/pay"
        answer = await branch.people.xero.post(where, json=amount, params={"tenant": branch.people.tenant_id})
        answer.raise_for_status()
        await sweep_now(branch.services.temporal, branch.account_id)

        async def reported() -> bool:
            return (await branch.look(ref))["paymentStatus"] == status

        await until(reported)

    await pay("PARTIALLY_PAID", amount="10.00")
    assert "10.00 of 45.00 GBP" in await shown()
    # It is paid in part as before: no workflow is signalled for that, and people see it all the same.
    await pay("PARTIALLY_PAID", amount="5.50")

    async def is_seen() -> bool:
        amounts = (await branch.link(ref)).amounts
        return amounts is not None and amounts.open == Decimal("29.50")

    await until(is_seen)
    assert "15.50 of 45.00 GBP" in await shown()
    await pay("PAID")
    await branch.reach([ref], SyncState.SETTLED)
    history = await kept_of(branch.services.workflows.handle(ref))
    assert "report_payment" not in history
    assert "10.00" not in history
    assert "15.5" not in history
    assert "45.00 of 45.00 GBP" in await shown()


async def test_the_command_sweeps_at_once_and_shows_what_it_did(branch: Office, tmp_path: Path):
    async def swept() -> dict[str, Any]:
        arguments = ("sweep", "--account", branch.account_id, "--json")
        ended = await run(*arguments, folder=tmp_path, settings=branch.environment)
        assert (ended.code, ended.err) == (0, "")
        return ended.data

    assert (await swept())["xero"]["calls"] == 0
    ref = await branch.final(await branch.customer())
    await branch.signal([ref], "finalized")
    await branch.reach([ref], SyncState.PUSHED)
    result = await swept()
    # The first sweep of a kind reads what changed since the connection, and once a day all that is open.
    assert result["xero"] == {
        "read": 2,
        "signalled": 0,
        "calls": 2,
        "rests_until": None,
        "day_left": None,
        "passed_over": [],
    }
    # The day's comparison was made by the first sweep.
    assert result["sequence"] == {"compared": None, "differing": 0, "new": 0, "retried": 0}


async def test_an_account_without_sweep_is_told_what_makes_one(branch: Office):
    with pytest.raises(MisconfiguredError, match="Account nobody has no sweep yet"):
        await sweep_now(branch.services.temporal, "nobody")
