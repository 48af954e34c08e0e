"""Identity kept over a restart: what was given before still opens the stand-in."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.standins.frame_xero import ORG, OTHER_ORG, Bench, bare_xero

CONTROLS = "/_sandbox/identity"


@pytest.fixture
async def first() -> AsyncIterator[Bench]:
    async with bare_xero(authentication=True) as made:
        yield made


@pytest.fixture
async def restarted() -> AsyncIterator[Bench]:
    async with bare_xero(authentication=True) as made:
        yield made


async def carry(first: Bench, restarted: Bench) -> None:
    kept = await first.http.get(f"{CONTROLS}/snapshot")
    answer = await restarted.http.post(f"{CONTROLS}/load", content=kept.content)
    assert answer.status_code == 204, answer.text


async def test_tokens_given_before_a_restart_work_after_it(first: Bench, restarted: Bench):
    tokens = await first.sign_in()
    assert (await restarted.call(tokens["access_token"])).status_code == 401
    await carry(first, restarted)
    assert (await restarted.call(tokens["access_token"])).status_code == 200
    rotated = await restarted.refresh(tokens["refresh_token"])
    assert rotated.status_code == 200
    # Replaced after the restart: the one before lives on for its half hour, and no longer.
    assert (await restarted.refresh(tokens["refresh_token"])).status_code == 200
    restarted.xero.clock.advance(timedelta(minutes=31))
    assert (await restarted.refresh(tokens["refresh_token"])).json() == {"error": "invalid_grant"}


async def test_what_ended_before_a_restart_stays_ended(first: Bench, restarted: Bench):
    expired = await first.sign_in()
    await first.http.post(f"{CONTROLS}/expire", json={"tokens": "access"})
    revoked = await first.sign_in()
    await first.http.post(f"{CONTROLS}/revoke", json={})
    await first.http.post(f"{CONTROLS}/disconnect", json={"tenant_id": OTHER_ORG})
    await carry(first, restarted)
    assert (await restarted.call(expired["access_token"])).status_code == 401
    assert (await restarted.refresh(revoked["refresh_token"])).json() == {"error": "invalid_grant"}


async def test_apps_and_connections_are_found_again(first: Bench, restarted: Bench):
    await first.http.post(
        f"{CONTROLS}/apps", json={"client_id": "custom", "client_secret": "s", "custom_tenant_id": ORG}
    )
    tokens = await first.sign_in(tenants=(OTHER_ORG,))
    await carry(first, restarted)
    assert (await restarted.http.get(CONTROLS)).json() == (await first.http.get(CONTROLS)).json()
    assert (await restarted.call(tokens["access_token"], tenant=ORG)).status_code == 403


@pytest.mark.parametrize("change", ["not json", '{"user_id": 1}'])
async def test_what_is_no_snapshot_is_refused_and_changes_nothing(first: Bench, change: str):
    tokens = await first.sign_in()
    answer = await first.http.post(f"{CONTROLS}/load", content=change)
    assert answer.status_code == 400
    assert (await first.call(tokens["access_token"])).status_code == 200


async def test_a_snapshot_that_names_an_organisation_without_books_is_refused(first: Bench, restarted: Bench):
    first.xero.identity.connect("0" * 8, "Gone", "xerosync-dev")
    kept = await first.http.get(f"{CONTROLS}/snapshot")
    answer = await restarted.http.post(f"{CONTROLS}/load", content=kept.content)
    assert answer.status_code == 400
    assert "00000000" in answer.json()["error"]
