"""A custom connection of Xero: an app of one organisation, without anybody's consent."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.integration.command_line import Desk
from tests.web.console import Console, open_console
from xerosync.connection.connection import ConnectionStatus
from xerosync.connection.grant import GrantKind
from xerosync.core.people import Role


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


async def test_a_custom_connection_without_secret_and_a_taken_port_are_told_before_anything_happens(desk: Desk):
    ended = await desk.run("connect", "--custom", XEROSYNC_XERO_CLIENT_SECRET=None)
    assert (ended.code, "needs XEROSYNC_XERO_CLIENT_SECRET" in ended.last_line) == (2, True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = await desk.run("connect", "--port", port)
    assert (ended.code, f"Port {port} is taken" in ended.last_line) == (2, True)
    assert await desk.store.connections() == []
