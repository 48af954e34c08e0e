"""Two worker processes, one consent, a hundred expiries: no refresh token is ever lost."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.integration import token_racer
from tests.integration.command_line import Desk, a_desk
from tests.patience import PATIENCE
from xerosync.xero.oauth.consent import Consents
from xerosync.xero.oauth.identity import Identity

ROOT = Path(__file__).parents[2]
ROUNDS = 100
LOST_EVERY = 7
"""So often the answer to a refresh is lost on its way, after Xero has rotated the token."""


@pytest.fixture
async def desk(tmp_path: Path, database_url: str, temporal_address: str) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path, database_url, temporal_address) as desk:
        yield desk


async def a_grant(desk: Desk) -> str:
    """Consent without the command, and store what comes of it."""
    answer = await desk.http.post(
        f"{desk.xero_url}/_sandbox/identity/grants",
        json={"client_id": "our-app", "scope": "offline_access accounting.invoices"},
    )
    identity = Identity(desk.http, identity_url=desk.xero_url, client_id="our-app", client_secret=None)
    grant = Consents(identity, login_url=desk.xero_url).consented(answer.raise_for_status().json()).grant
    await desk.grants.add(grant)
    return grant.grant_id


@asynccontextmanager
async def racer(desk: Desk, grant_id: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, token_racer.__file__),
        *(desk.environment["XEROSYNC_DATABASE_URL"], desk.xero_url, grant_id),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **desk.environment, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert await answer_of(process) == "ready"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def answer_of(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    async with asyncio.timeout(PATIENCE):
        return (await process.stdout.readline()).decode().strip()


async def go(process: asyncio.subprocess.Process) -> str:
    assert process.stdin
    process.stdin.write(b"go\n")
    return await answer_of(process)


async def test_a_hundred_expiries_with_two_processes_racing_lose_no_token(desk: Desk):
    grant_id = await a_grant(desk)
    before = await desk.grants.read(grant_id)
    async with AsyncExitStack() as held:
        racers = [await held.enter_async_context(racer(desk, grant_id)) for _ in range(2)]
        desk.xero.journal.clear()
        lost = 0
        for place in range(ROUNDS):
            desk.xero.identity.expire_access_tokens()
            if place % LOST_EVERY == 0:
                desk.xero.faults.add("drop_after", path="/connect/token", times=1)
                lost += 1
            answers = await asyncio.gather(*(go(process) for process in racers))
            assert answers == ["200", "200"], f"round {place}"
    # One refresh an expiry, whoever made it, and one more for each answer that was lost.
    assert len(desk.xero.journal.entries("POST", "/connect/token")) == ROUNDS + lost
    after = await desk.grants.read(grant_id)
    assert not after.is_revoked
    assert after.refresh_token != before.refresh_token
    assert after.refresh_token
    app = desk.xero.identity.apps["our-app"]
    desk.xero.identity.refresh(app, after.refresh_token.get_secret_value())
