"""The defaults of a connection, as a person sets them by a command."""

import re
from datetime import timedelta

import pytest
from temporalio.client import Client

from tests.integration.command_line import Desk
from tests.integration.test_connect import held, signals_of
from xerosync.cli.defaults import settings as run_settings
from xerosync.cli.disconnect import disconnect
from xerosync.core.errors import MisconfiguredError
from xerosync.core.holds import HoldReason
from xerosync.documents.client import sweep_id
from xerosync.operations.defaults import SettingChanges


async def test_defaults_are_shown_set_and_release_what_waited_for_them(desk: Desk, temporal: Client):
    await desk.connect()
    missing = await held(desk, "missing", HoldReason.LEDGER_ACCOUNT_MISSING)
    rejected = await held(desk, "rejected", HoldReason.LEDGER_ACCOUNT_REJECTED)
    set_ = await desk.run(
        *("settings", "--ledger-account", "260", "--exempt-tax", "ZERORATEDOUTPUT"),
        *("--sweep-interval", "PT1H", "--push-new-customers", "--json"),
    )
    (shown,) = set_.data
    assert (shown["default_ledger_account"], shown["exempt_tax_type"]) == ("260", "ZERORATEDOUTPUT")
    assert (shown["sweep_interval"], shown["push_new_customers"]) == ("PT1H", True)
    assert [await signals_of(temporal, each) for each in (missing, rejected)] == [1, 1]
    schedule = (await temporal.get_schedule_handle(sweep_id(desk.account_id)).describe()).schedule
    assert schedule.spec.intervals[0].every == timedelta(hours=1)
    table = await desk.run("settings")
    for words in ("Demo Company (GB)", "260 Other Revenue", "ZERORATEDOUTPUT", "PT1H", "yes"):
        assert words in table.out


async def test_an_account_that_was_added_to_the_chart_since_can_be_set(desk: Desk):
    await desk.connected()
    added = {"Code": "201", "Name": "Subscriptions", "Type": "REVENUE", "TaxType": "OUTPUT2"}
    tokens = await desk.http.post(f"{desk.xero_url}/_sandbox/identity/grants", json={"tenant_ids": [desk.first_tenant]})
    headers = {"Authorization": f"Bearer {tokens.json()['access_token']}", "xero-tenant-id": desk.first_tenant}
    (await desk.http.put(f"{desk.xero_url}/api.xro/2.0/Accounts", json=added, headers=headers)).raise_for_status()
    (shown,) = (await desk.run("settings", "--ledger-account", "201", "--json")).data
    assert shown["default_ledger_account"] == "201"


async def test_an_account_that_was_archived_since_is_no_default(desk: Desk):
    await desk.connected()
    await desk.in_xero("Accounts/260/archive")
    ended = await desk.run("settings", "--ledger-account", "260")
    assert (ended.code, "Ledger account 260 (Other Revenue) is archived" in ended.last_line) == (2, True), ended.err
    assert (await desk.connection()).default_ledger_account == "200"
    await desk.in_xero("Accounts/200/archive")
    again = await desk.connect()
    assert again.code == 0
    assert "Set another default with `starter.py settings --account" in again.err


MISTAKES = {
    SettingChanges(ledger_account="090"): "090 (Business Bank Account) is of type BANK",
    SettingChanges(ledger_account="200", exempt_tax="OUTPUT2"): "OUTPUT2 is not an active rate of 0 % on sales",
    SettingChanges(
        ledger_account="260", sweep_interval="often"
    ): "from PT5M (five minutes) to P1D (a day), such as PT15M, not 'often'",
    SettingChanges(sweep_interval="PT1S"): "not 'PT1S'",
    SettingChanges(sweep_interval="P2D"): "not 'P2D'",
}


async def test_a_default_that_does_not_fit_is_refused_and_nothing_is_set(desk: Desk):
    before = await desk.connected()
    async with desk.services() as (services, settings):
        for changes, words in MISTAKES.items():
            with pytest.raises(MisconfiguredError, match=re.escape(words)):
                await run_settings(changes=changes, services=services, settings=settings)
        with pytest.raises(MisconfiguredError, match="Account nobody is not connected"):
            await disconnect(account="nobody", services=services, settings=settings)
    assert await desk.connection() == before


async def test_a_default_that_was_set_can_be_unset(desk: Desk):
    await desk.connected()
    assert (await desk.run("settings", "--sweep-interval", "PT5M")).code == 0
    shown = await desk.run("settings", "--unset", "ledger-account", "--unset", "sweep-interval", "--json")
    assert (shown.data[0]["default_ledger_account"], shown.data[0]["sweep_interval"]) == (None, None)
    refused = await desk.run("settings", "--unset", "ledger-account", "--ledger-account", "200")
    assert (refused.code, refused.last_line) == (2, "Set or unset ledger-account: not both.")
