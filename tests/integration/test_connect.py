"""Connecting a real account, as a person does it: a command, a browser, Xero's login page."""

import os
import pty
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from temporalio.client import Client

from tests.integration.command_line import Desk, a_desk
from tests.integration.program import killed
from tests.patience import until
from tests.store.samples import document, grant, hold, intent, ref, xero_view
from tests.web.console import Console, open_console
from xerosync.cli.backfill import backfill
from xerosync.cli.customers import link_customer, push_customer
from xerosync.cli.defaults import settings as run_settings
from xerosync.cli.disconnect import disconnect
from xerosync.cli.import_customers import ImportOptions, import_customers
from xerosync.cli.sweep import sweep
from xerosync.connection.connection import ConnectionStatus
from xerosync.connection.grant import GrantKind
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import MisconfiguredError, MissingError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import OwedAct
from xerosync.core.people import Role
from xerosync.documents.client import document_workflow_id, sweep_id, sweep_runs
from xerosync.faultpoints import FaultPoint
from xerosync.operations.defaults import SettingChanges
from xerosync.postgres import Cipher, PostgresGrants, PostgresSpacings
from xerosync.reconcile.client import reconcile_id

SCOPES = ["offline_access", "accounting.invoices", "accounting.contacts", "accounting.settings.read"]


@pytest.fixture
async def desk(tmp_path: Path, database_url: str, temporal_address: str) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path, database_url, temporal_address) as desk:
        yield desk


@pytest.fixture
async def temporal(temporal_address: str) -> Client:
    return await Client.connect(temporal_address)


async def held(desk: Desk, name: str, reason: HoldReason) -> DocumentRef:
    """Put a document there that is held, as its workflow would have left it."""
    of = ref(name, account_id=desk.account_id)
    await desk.store.change(of, lambda link: link.read(document(of, number=name)).held(hold(reason)))
    return of


async def signals_of(temporal: Client, of: DocumentRef) -> int:
    """How many signals the document's workflow got; no worker runs here."""
    history = await temporal.get_workflow_handle(document_workflow_id(of)).fetch_history()
    return sum(event.HasField("workflow_execution_signaled_event_attributes") for event in history.events)


async def rest(temporal: Client, account_id: str, *, paused: bool) -> None:
    """Wait until the sweep and the weekly reconcile both rest, or both don't: Temporal shows it a moment later."""

    async def do() -> bool:
        described = [await temporal.get_schedule_handle(of(account_id)).describe() for of in (sweep_id, reconcile_id)]
        return {each.schedule.state.paused for each in described} == {paused}

    await until(do)


async def test_a_consent_connects_the_account_and_keeps_what_the_organisation_is(desk: Desk, temporal: Client):
    async with desk.started("connect", "--ledger-account", "200", "--port", "0", "--json") as command:
        back = await command.back()
        asked = parse_qs(urlsplit(next(line for line in command.said if line.startswith("http"))).query)
        page = await desk.http.get(back)
        ended = await command.end()
    assert asked["scope"] == [" ".join(SCOPES)]
    assert asked["redirect_uri"][0].startswith("http://localhost:")
    assert "code_challenge" not in asked
    assert (page.status_code, "You can close this window" in page.text) == (200, True)
    assert page.headers["referrer-policy"] == "no-referrer"

    shown = ended.data
    about = desk.xero.organisations[desk.first_tenant].profile
    assert (shown["organisation_name"], shown["short_code"]) == ("Demo Company (GB)", about.short_code)
    assert (shown["base_currency"], shown["currencies"], shown["default_ledger_account"]) == ("GBP", ["GBP"], "200")
    assert "grant_id" not in shown
    connection = await desk.connection()
    assert connection.tenant_id == desk.first_tenant
    assert connection.connected_at
    assert datetime.now(UTC) - connection.connected_at < timedelta(hours=1)
    chart = await desk.store.chart(desk.account_id)
    assert chart
    assert chart.account("200")
    assert chart.read_at.utcoffset() == timedelta(0)
    assert (await desk.grants.read(connection.grant_id)).scopes == tuple(SCOPES)
    await rest(temporal, desk.account_id, paused=False)
    # What was issued before is to be ended from what comes now.
    await until(lambda: was_swept(temporal, desk.account_id))


async def was_swept(temporal: Client, account_id: str, times: int = 1) -> bool:
    described = await temporal.get_schedule_handle(sweep_id(account_id)).describe()
    return described.info.num_actions >= times


async def test_an_app_without_secret_proves_itself_by_pkce(desk: Desk):
    desk.xero.identity.add_app("public-app", None, (), granular=True)
    public = {"XEROSYNC_XERO_CLIENT_ID": "public-app", "XEROSYNC_XERO_CLIENT_SECRET": None}
    ended = await desk.connect(**public)
    assert ended.code == 0, ended.err
    assert "no default ledger account" in ended.out
    assert (await desk.connection()).organisation_name == "Demo Company (GB)"


async def test_an_older_app_asks_for_the_broad_scopes(desk: Desk):
    desk.xero.identity.add_app("old-app", "old", (), granular=False)
    old = {"XEROSYNC_XERO_CLIENT_ID": "old-app", "XEROSYNC_XERO_CLIENT_SECRET": "old", "XEROSYNC_XERO_SCOPES": "broad"}
    assert (await desk.connect(**old)).code == 0
    grant = await desk.grants.read((await desk.connection()).grant_id)
    assert "accounting.transactions" in grant.scopes


async def test_an_answer_to_another_question_is_refused_and_waiting_goes_on(desk: Desk):
    async with desk.started("connect", "--port", "0") as command:
        back = await command.back()
        state = parse_qs(urlsplit(back).query)["state"][0]
        for strange in (back.replace(state, "f" * len(state)), back.replace(state, ""), back.split("&state")[0]):
            answer = await desk.http.get(strange)
            assert answer.status_code == 400
            assert "close" not in answer.text
        denied = back.split("?")[0] + "?error=access_denied&state=somebody-else"
        assert (await desk.http.get(denied)).status_code == 400
        assert (await desk.http.get(back.split("/oauth")[0] + "/favicon.ico")).status_code == 404
        assert (await desk.http.post(back)).status_code == 404
        assert (await desk.http.get(back)).status_code == 200
        assert (await command.end()).code == 0


async def test_a_person_who_says_no_changes_nothing(desk: Desk):
    async with desk.started("connect", "--port", "0") as command:
        await command.allow(answer="cancel")
        ended = await command.end()
    assert (ended.code, ended.last_line) == (1, "Access was denied on Xero's page; nothing was changed.")
    assert await desk.store.connections() == []


async def test_the_answer_can_be_pasted_where_no_browser_reaches_this_machine(desk: Desk):
    async with desk.started("connect", "--paste") as command:
        back = await command.back()
        assert back.startswith("http://localhost:8400/oauth/callback?")
        assert command.process.stdin
        command.process.stdin.write(f"{back}\n".encode())
        assert (await command.end()).code == 0
    assert (await desk.connection()).status is ConnectionStatus.CONNECTED


async def test_among_several_organisations_one_must_be_named(desk: Desk):
    other = await desk.add_organisation("Other Ltd")
    both = (desk.first_tenant, other)
    ended = await desk.connect(tenants=both)
    assert ended.code == 2
    assert ended.last_line == (
        f"Xero lets the app into several organisations: Demo Company (GB) ({desk.first_tenant}), Other Ltd ({other}). "
        "Name one with --organisation."
    )
    assert await desk.store.connections() == []
    wrong = await desk.connect("--organisation", "Nobody", tenants=both)
    assert (wrong.code, "Nobody is not one of the organisations" in wrong.last_line) == (2, True)
    assert (await desk.connected("--organisation", "other ltd", tenants=both)).tenant_id == other
    # Connected once, the same one is meant again.
    assert (await desk.connected(tenants=both)).tenant_id == other


async def test_at_a_terminal_the_organisation_and_the_ledger_account_are_asked_for(desk: Desk):
    other = await desk.add_organisation("Other Ltd")
    terminal, stdin = pty.openpty()
    try:
        # Answers that do not fit are asked again.
        os.write(terminal, b"3\n2\n090\n260\n")
        async with desk.started("connect", "--port", "0", stdin=stdin) as command:
            await command.allow(desk.first_tenant, other)
            ended = await command.end()
    finally:
        os.close(terminal)
        os.close(stdin)
    assert ended.code == 0, ended.err
    assert "  2  Other Ltd" in ended.err
    assert "   200  Sales" in ended.err
    assert "090 (Business Bank Account) is of type BANK" in ended.err
    connection = await desk.connection()
    assert (connection.tenant_id, connection.default_ledger_account) == (other, "260")


async def test_a_custom_connection_needs_no_consent(desk: Desk):
    tenant = desk.first_tenant
    desk.xero.identity.add_app("custom-app", "custom", (), granular=True, custom_tenant_id=tenant)
    custom = {"XEROSYNC_XERO_CLIENT_ID": "custom-app", "XEROSYNC_XERO_CLIENT_SECRET": "custom"}
    ended = await desk.run("connect", "--custom", "--ledger-account", "200", "--json", **custom)
    assert (ended.data["tenant_id"], ended.data["default_ledger_account"]) == (tenant, "200")
    grant = await desk.grants.read((await desk.connection()).grant_id)
    assert (grant.kind, grant.refresh_token) == (GrantKind.CUSTOM, None)
    gone = await desk.run("disconnect", **custom)
    assert gone.code == 0, gone.err
    assert (await desk.connection()).status is ConnectionStatus.DISCONNECTED


async def test_a_custom_connection_is_made_in_the_console_and_moves_only_after_a_question(
    desk: Desk, database_url: str
):
    first, second = desk.first_tenant, await desk.add_organisation("Other Ltd")
    address = f"/connect/{desk.account_id}"

    @asynccontextmanager
    async def opened(app: str, tenant: str) -> AsyncIterator[Console]:
        desk.xero.identity.add_app(app, "custom", (), granular=True, custom_tenant_id=tenant)
        custom = {"XEROSYNC_XERO_CLIENT_ID": app, "XEROSYNC_XERO_CLIENT_SECRET": "custom"}
        async with open_console(database_url, **{**desk.environment, **custom}) as console:
            yield console

    async with opened("first-app", first) as console:
        assert "Or a custom connection" in await console.page(address)
        made = await console.client.post(f"{address}/custom")
        assert made.headers["location"].startswith(f"{address}/defaults?released=0")
        await console.sign_in(Role.OPERATOR)
        assert (await console.client.post(f"{address}/custom")).status_code == 403
    before = await desk.connection()
    assert before.tenant_id == first
    assert (await desk.grants.read(before.grant_id)).kind is GrantKind.CUSTOM
    await desk.store.link_customer(desk.account_id, "customer", "contact")
    async with opened("second-app", second) as console:
        refused = await console.client.post(f"{address}/custom")
        assert refused.status_code == 409
        assert "1 customer is linked there" in refused.text
        assert await desk.connection() == before
        assert (await desk.grants.read(before.grant_id)).kind is GrantKind.CUSTOM
        await console.client.post(f"{address}/custom", data={"move": "yes"})
    assert (await desk.connection()).tenant_id == second


async def test_disconnecting_ends_it_on_both_sides_and_reconnecting_releases_what_waited(desk: Desk, temporal: Client):
    before = await desk.connected()
    await desk.run("settings", "--sweep-interval", "PT5M", "--exempt-tax", "ZERORATEDOUTPUT")
    ended = await desk.run("disconnect")
    assert ended.code == 0, ended.err
    assert desk.xero.identity.connections.of(None) == []
    assert all(grant.revoked for grant in desk.xero.identity.grants.values())
    assert (await desk.connection()).status is ConnectionStatus.DISCONNECTED
    await rest(temporal, desk.account_id, paused=True)
    with pytest.raises(MissingError):
        await desk.grants.read(before.grant_id)
    assert (await desk.run("disconnect")).code == 0
    # No worker is there to end the sweep that connecting began.
    await until(lambda: was_swept(temporal, desk.account_id))
    for begun in await sweep_runs(temporal, desk.account_id):
        await begun.terminate()

    waits = await held(desk, "waits", HoldReason.DISCONNECTED)
    other = await held(desk, "other", HoldReason.CUSTOMER_UNLINKED)
    ended = await desk.connect("--json")
    assert ended.data["released"] == 1
    assert await signals_of(temporal, waits) == 1
    with pytest.raises(Exception, match="not found"):
        await signals_of(temporal, other)
    after = await desk.connection()
    assert (after.default_ledger_account, after.exempt_tax_type) == ("200", "ZERORATEDOUTPUT")
    assert (after.sweep_interval, after.status) == (timedelta(minutes=5), ConnectionStatus.CONNECTED)
    await rest(temporal, desk.account_id, paused=False)

    # Of what happened meanwhile nobody called: it is looked for at once, in Xero as well.
    await until(lambda: was_swept(temporal, desk.account_id, times=2))
    assert (await PostgresSpacings(desk.database).get(desk.account_id)).asked_at


async def test_a_connect_that_dies_once_it_is_stored_leaves_an_account_that_is_swept(
    desk: Desk, temporal: Client, tmp_path: Path
):
    desk.xero.identity.add_app("custom-app", "custom", (), granular=True, custom_tenant_id=desk.first_tenant)
    custom = {"XEROSYNC_XERO_CLIENT_ID": "custom-app", "XEROSYNC_XERO_CLIENT_SECRET": "custom"}
    assert (await desk.run("connect", "--custom", **custom)).code == 0
    assert (await desk.run("disconnect", **custom)).code == 0
    await rest(temporal, desk.account_id, paused=True)
    await killed({**desk.environment, **custom}, FaultPoint.SETTING_STORED, tmp_path, "connect", "--custom")
    assert (await desk.connection()).status is ConnectionStatus.CONNECTED
    await rest(temporal, desk.account_id, paused=False)
    # What waited is released by the next sweep.
    owed = await desk.store.overdue(desk.account_id, datetime.now(UTC))
    assert [(each.act, each.subject) for each in owed] == [(OwedAct.RELEASE_HOLD, HoldReason.DISCONNECTED)]


WRONG_KEYS = {
    "XEROSYNC_TOKEN_KEYS": (Fernet.generate_key().decode(), "No key of XEROSYNC_TOKEN_KEYS opens the tokens"),
    "XEROSYNC_XERO_CLIENT_SECRET": ("wrong", "Xero does not accept XEROSYNC_XERO_CLIENT_ID"),
}


@pytest.mark.parametrize("name", WRONG_KEYS)
async def test_a_key_that_can_not_end_the_connection_at_xero_leaves_it_here_too(
    desk: Desk, temporal: Client, name: str
):
    await desk.connected()
    before = [held.tenant_id for held in desk.xero.identity.connections.of(None)]
    value, words = WRONG_KEYS[name]
    ended = await desk.run("disconnect", **{name: value})
    assert (ended.code, words in ended.last_line) == (2, True), ended.err
    assert (await desk.connection()).status is ConnectionStatus.CONNECTED
    assert [held.tenant_id for held in desk.xero.identity.connections.of(None)] == before
    await rest(temporal, desk.account_id, paused=False)


async def test_nobody_is_asked_to_consent_to_an_app_that_xero_does_not_know(desk: Desk):
    ended = await desk.run("connect", "--port", "0", XEROSYNC_XERO_CLIENT_SECRET="wrong")
    assert (ended.code, ended.last_line.startswith("Xero does not accept XEROSYNC_XERO_CLIENT_ID")) == (2, True)
    assert "Open this address" not in ended.err


async def test_what_needs_xero_is_refused_at_once_while_the_account_is_disconnected(desk: Desk):
    await desk.connected()
    await desk.store.mark_connection(desk.account_id, ConnectionStatus.DISCONNECTED)
    async with desk.services() as (services, settings):
        for command in (
            lambda: backfill(services=services),
            lambda: import_customers(options=ImportOptions(everything=True), services=services),
            lambda: sweep(services=services),
            lambda: push_customer("cust-1", services=services),
            lambda: link_customer("cust-1", "contact-1", services=services),
            lambda: run_settings(changes=SettingChanges(ledger_account="200"), services=services, settings=settings),
        ):
            with pytest.raises(
                MisconfiguredError, match=r"is disconnected: `starter\.py connect --account \S+` connects"
            ):
                await command()


async def test_one_account_s_end_leaves_the_consent_to_the_others(desk: Desk):
    other = await desk.add_organisation("Other Ltd")
    await desk.connected(tenants=(desk.first_tenant,))
    second = {"XEROSYNC_SEQUENCE_ACCOUNT_ID": f"{desk.account_id}-2"}
    assert (await desk.connect(tenants=(other,), **second)).code == 0
    assert (await desk.run("disconnect", "--account", desk.account_id)).code == 0
    assert [held.tenant_id for held in desk.xero.identity.connections.of(None)] == [other]
    still = await desk.connection(f"{desk.account_id}-2")
    assert still.status is ConnectionStatus.CONNECTED
    refused = await desk.run("settings", "--ledger-account", "999", "--account", still.account_id, **second)
    assert "999 is not in the chart of accounts" in refused.last_line


async def test_the_books_of_two_organisations_are_never_mixed_by_accident(desk: Desk):
    other = await desk.add_organisation("Other Ltd")
    first = await desk.connected()
    of = ref("there", account_id=desk.account_id)
    await desk.store.change(of, lambda link: link.read(document(of)).intended(intent(), first.tenant_id))
    await desk.store.change(of, lambda link: link.seen(xero_view()))
    await desk.store.link_customer(desk.account_id, "cust-1", "contact-1")

    refused = await desk.connect(tenants=(other,))
    assert refused.code == 2
    assert "is connected to Demo Company (GB), where it has documents (1) and linked customers (1)" in refused.last_line
    assert (await desk.connection()).tenant_id == first.tenant_id
    assert (await desk.run("settings", "--ledger-account", "260")).code == 0

    moved = await desk.connect("--move", "--json", tenants=(other,))
    assert (moved.data["tenant_id"], moved.data["default_ledger_account"]) == (other, None)
    assert (await desk.store.document(of)).is_elsewhere(other)
    assert await desk.store.contact_of(desk.account_id, "cust-1") is None


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
    SettingChanges(ledger_account="260", sweep_interval="often"): "from PT1S to P1D, such as PT15M, not 'often'",
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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("settings", "--push-new-customers"), "No account is connected yet"),
        (("connect", "--account", "nobody"), "No key of Sequence account nobody is known"),
        (("connect", "--port", "99999"), "connect --help"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
async def test_a_mistake_is_told_in_one_line(desk: Desk, arguments: tuple[str, ...], words: str):
    ended = await desk.run(*arguments, XEROSYNC_LOG_LEVEL="WARNING")
    assert (ended.code, ended.out) == (2, ""), ended.err
    assert words in ended.err
    assert len(ended.err.strip().splitlines()) == 1, ended.err


async def test_a_default_that_does_not_fit_leaves_the_account_connected(desk: Desk):
    ended = await desk.connect("--ledger-account", "090")
    assert ended.code == 2
    assert ended.last_line.startswith("Demo Company (GB) is connected, but: Ledger account 090")
    assert (await desk.connection()).default_ledger_account is None


async def test_a_custom_connection_without_secret_and_a_taken_port_are_told_before_anything_happens(desk: Desk):
    ended = await desk.run("connect", "--custom", XEROSYNC_XERO_CLIENT_SECRET=None)
    assert (ended.code, "needs XEROSYNC_XERO_CLIENT_SECRET" in ended.last_line) == (2, True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = await desk.run("connect", "--port", port)
    assert (ended.code, f"Port {port} is taken" in ended.last_line) == (2, True)
    assert await desk.store.connections() == []


async def test_xero_away_in_the_middle_changes_nothing_and_says_so(desk: Desk):
    await desk.connected()
    before = await desk.connection()
    desk.xero.faults.add("drop_before", path="/api.xro/2.0/TaxRates")
    ended = await desk.connect()
    assert ended.code == 1
    assert "Xero" in ended.last_line
    assert await desk.connection() == before
    assert (await desk.grants.read(before.grant_id)).access_token


async def test_keys_that_open_only_part_of_what_is_stored_change_nothing(desk: Desk):
    before = await desk.connected()
    other = Fernet.generate_key()
    beside = PostgresGrants(desk.database, Cipher([SecretStr(other.decode())]))
    await beside.add(grant("another"))
    newest = Fernet.generate_key().decode()
    ended = await desk.run("rotate-keys", XEROSYNC_TOKEN_KEYS=f"{newest},{desk.environment['XEROSYNC_TOKEN_KEYS']}")
    assert (ended.code, "No key of XEROSYNC_TOKEN_KEYS opens the tokens of grant another" in ended.last_line) == (
        2,
        True,
    )
    assert (await desk.grants.read(before.grant_id)).refresh_token


async def test_after_rotating_the_keys_the_old_one_may_go(desk: Desk):
    await desk.connected()
    old = desk.environment["XEROSYNC_TOKEN_KEYS"]
    other = Fernet.generate_key().decode()
    ended = await desk.run("rotate-keys", XEROSYNC_TOKEN_KEYS=f"{other},{old}")
    assert ended.code == 0, ended.err
    assert "tokens of 1 grant," in ended.out
    assert "can be taken out of XEROSYNC_TOKEN_KEYS" in ended.out
    desk.environment["XEROSYNC_TOKEN_KEYS"] = other
    # Without the old key: a chart that has to be read afresh needs the token.
    refused = await desk.run("settings", "--ledger-account", "999")
    assert "999 is not in the chart" in refused.last_line
    assert (await desk.run("rotate-keys", "--json")).data == {
        "grants": 1,
        "accounts": 0,
        "webhook_secrets": 0,
        "payload_keys": 0,
        "older_keys": 0,
    }
    unreadable = await desk.run("settings", "--ledger-account", "998", XEROSYNC_TOKEN_KEYS=old)
    assert unreadable.code == 2
    assert "No key of XEROSYNC_TOKEN_KEYS opens the tokens" in unreadable.last_line


@pytest.mark.parametrize(
    "options", [("--custom", "--paste"), ("--custom", "--organisation", "A"), ("--paste", "--browser")]
)
async def test_options_that_contradict_each_other_are_refused(desk: Desk, options: tuple[str, ...]):
    ended = await desk.run("connect", *options)
    assert ended.code == 2
    assert all(option in ended.last_line for option in options if option.startswith("--"))
