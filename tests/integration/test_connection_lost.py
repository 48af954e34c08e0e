"""Somebody disconnects the app in Xero while a worker runs: noticed at once, mended by `connect`, no token shown."""

import logging
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from tests.integration.command_line import Desk
from tests.integration.office import Office
from tests.patience import until
from xerosync.connection.connection import ConnectionStatus
from xerosync.connection.grant import Grant
from xerosync.core.holds import HoldReason
from xerosync.documents.messages import SyncState
from xerosync.postgres import open_database


@pytest.fixture
async def desk(office: Office, tmp_path: Path) -> AsyncIterator[Desk]:
    """A terminal beside the office, in the same environment."""
    async with open_database(SecretStr(office.environment["XEROSYNC_DATABASE_URL"]), connections=2) as database:
        yield Desk(
            xero=office.companies.xero,
            xero_url=office.companies.xero_url,
            folder=tmp_path,
            database=database,
            http=office.people.xero,
            account_id=office.account_id,
            environment={
                **office.environment,
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "XEROSYNC_LOG_LEVEL": "DEBUG",
            },
        )


async def status(office: Office) -> ConnectionStatus:
    connection = await office.services.store.connection(office.account_id)
    assert connection
    return connection.status


async def the_grant(office: Office) -> Grant:
    connection = await office.services.store.connection(office.account_id)
    assert connection
    return await office.services.grants.read(connection.grant_id)


async def test_a_refusal_holds_the_account_connect_releases_it_and_no_token_is_seen(
    office: Office, desk: Desk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.DEBUG)
    grants = [await the_grant(office)]
    first, second = await office.finals(2)
    await desk.in_xero("identity/disconnect", tenant_id=office.people.tenant_id)
    with capture_logs() as lines:
        await office.signal([first], "finalized")
        await office.reach([first], SyncState.HELD)
    [warned] = [line for line in lines if line["event"] == "disconnected in Xero"]
    assert (warned["log_level"], warned["account_id"], warned["document"]) == ("warning", office.account_id, str(first))
    assert await status(office) is ConnectionStatus.DISCONNECTED

    office.companies.xero.journal.clear()
    await office.signal([second], "finalized")
    await office.reach([second], SyncState.HELD)
    assert office.companies.xero.journal.entries("PUT", "/api.xro/2.0/") == []
    for ref in (first, second):
        hold = (await office.link(ref)).current_hold
        assert hold
        assert hold.reason is HoldReason.DISCONNECTED

    ended = await desk.connect("--json")
    assert ended.data["released"] == 2
    await office.reach([first, second], SyncState.PUSHED)
    await office.assert_once([first, second], sent=False)
    assert await status(office) is ConnectionStatus.CONNECTED

    # A refresh on the way, so that both of its tokens have been in hand.
    grants.append(await the_grant(office))
    third, *_ = await office.finals(1)
    async with office.services.grants.lock(grants[-1].grant_id) as locked:
        await locked.save(locked.grant.model_copy(update={"expires_at": datetime.now(UTC)}))
    await office.signal([third], "finalized")
    await until(lambda: was_refreshed(office, grants[-1]))
    grants.append(await the_grant(office))

    shown = [repr(lines), *desk.outputs, caplog.text, *capfd.readouterr(), *map(repr, grants)]
    shown += await everything_stored(desk)
    for ref in (first, second, third):
        # Payloads are bytes there, which JSON shows as base64 and a repr as they are.
        shown.append(repr((await office.services.workflows.handle(ref).fetch_history()).events))
    tokens = {
        secret.get_secret_value()
        for grant in grants
        for secret in (grant.access_token, grant.refresh_token, grant.previous_refresh_token)
        if secret
    }
    assert len(tokens) >= 5
    tokens |= {token.encode().hex() for token in tokens}  # as PostgreSQL shows bytes
    assert not [text[:80] for text in shown for token in tokens if token in text]


async def was_refreshed(office: Office, before: Grant) -> bool:
    return (await the_grant(office)).access_token != before.access_token


async def everything_stored(desk: Desk) -> list[str]:
    """Every row of every table, as text."""
    connection = await asyncpg.connect(desk.environment["XEROSYNC_DATABASE_URL"])
    try:
        tables = await connection.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema='public'")
        rows = [row[0] for table in tables for row in await connection.fetch(f'SELECT t::text FROM "{table[0]}" t')]
    finally:
        await connection.close()
    assert any("INV-" in row for row in rows)
    return rows
