"""Connecting a real account, as a person does it: a command, a browser, Xero's login page."""

import contextlib
import os
import pty
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.fernet import Fernet
from temporalio.client import Client
from temporalio.service import RPCError

from tests.integration.command_line import Desk
from tests.integration.program import killed
from tests.patience import until
from tests.store.samples import document, hold, intent, ref, xero_view
from xerosync.cli.backfill import backfill
from xerosync.cli.customers import link_customer, push_customer
from xerosync.cli.defaults import settings as run_settings
from xerosync.cli.import_customers import ImportOptions, import_customers
from xerosync.cli.sweep import sweep
from xerosync.connection.connection import ConnectionStatus
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import MisconfiguredError, MissingError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import OwedAct
from xerosync.documents.client import document_workflow_id, sweep_id, sweep_runs
from xerosync.faultpoints import FaultPoint
from xerosync.operations.defaults import SettingChanges
from xerosync.postgres import PostgresSpacings
from xerosync.reconcile.client import reconcile_id

SCOPES = ["offline_access", "accounting.invoices", "accounting.contacts", "accounting.settings.read"]


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
    # Nobody may be there to end the sweep that connecting began, or the worker of another test's office.
    await until(lambda: was_swept(temporal, desk.account_id))
    for begun in await sweep_runs(temporal, desk.account_id):
        with contextlib.suppress(RPCError):
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


async def test_xero_away_in_the_middle_changes_nothing_and_says_so(desk: Desk):
    await desk.connected()
    before = await desk.connection()
    desk.xero.faults.add("drop_before", path="/api.xro/2.0/TaxRates")
    ended = await desk.connect()
    assert ended.code == 1
    assert "Xero" in ended.last_line
    assert await desk.connection() == before
    assert (await desk.grants.read(before.grant_id)).access_token


@pytest.mark.parametrize(
    "options", [("--custom", "--paste"), ("--custom", "--organisation", "A"), ("--paste", "--browser")]
)
async def test_options_that_contradict_each_other_are_refused(desk: Desk, options: tuple[str, ...]):
    ended = await desk.run("connect", *options)
    assert ended.code == 2
    assert all(option in ended.last_line for option in options if option.startswith("--"))
