"""Tokens: refreshed once, stored before use, never lost, never shown."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from standins.serving import serve
from standins.xero import Xero, create_xero
from tests.patience import PATIENCE
from tests.xero_support import GRANT, MemoryGrants, StoreDownError, connection
from xerosync.connection.grant import Grant, GrantKind
from xerosync.core.errors import MisconfiguredError
from xerosync.core.holds import HoldReason
from xerosync.xero.calls.transport import Call, Transport
from xerosync.xero.errors import DisconnectedError, TokenUnavailableError, XeroUnavailableError
from xerosync.xero.oauth.tokens import AccessToken, Tokens

REDIRECT = "https://app.example/callback"
SCOPE = "offline_access accounting.transactions accounting.contacts accounting.settings"
TOKEN_PATH = "/connect/token"
APP = ("xerosync-dev", "xerosync-dev-secret")


def revealed(secret: SecretStr | None) -> str:
    assert secret is not None
    return secret.get_secret_value()


@dataclass
class Consented:
    """A stand-in whose user has consented, and the grant that came of it."""

    xero: Xero
    url: str
    http: httpx.AsyncClient
    grants: MemoryGrants

    def tokens(self, *, client_secret: str | None = "xerosync-dev-secret", client_id: str = "xerosync-dev") -> Tokens:
        return Tokens(
            self.grants,
            self.http,
            identity_url=self.url,
            client_id=client_id,
            client_secret=SecretStr(client_secret) if client_secret else None,
            clock=self.xero.clock.now,
        )

    @property
    def grant(self) -> Grant:
        return self.grants.kept[GRANT]

    @property
    def refreshes(self) -> int:
        return len(self.xero.journal.entries("POST", TOKEN_PATH))

    def expire(self) -> None:
        self.xero.clock.advance(timedelta(minutes=29))

    async def is_accepted(self, token: AccessToken) -> bool:
        tenant = next(iter(self.xero.organisations))
        headers = {"Authorization": f"Bearer {token.value.get_secret_value()}", "xero-tenant-id": tenant}
        answer = await self.http.get(f"{self.url}/api.xro/2.0/Organisation", headers=headers)
        return answer.is_success


@pytest.fixture
async def at() -> AsyncGenerator[Consented]:
    app = create_xero(authentication=True)
    xero: Xero = app.state.xero
    tenant = next(iter(xero.organisations))
    xero.identity.add_app("xerosync-dev", "xerosync-dev-secret", (REDIRECT,), granular=False)
    code = xero.identity.consent("xerosync-dev", REDIRECT, SCOPE, [tenant])
    async with serve(app) as served, httpx.AsyncClient(timeout=PATIENCE) as http:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        answer = await http.post(f"{served.url}{TOKEN_PATH}", data=form, auth=APP)
        given = answer.json()
        kept = Grant(
            grant_id=GRANT,
            kind=GrantKind.CONSENT,
            access_token=SecretStr(given["access_token"]),
            expires_at=xero.clock.now() + timedelta(seconds=given["expires_in"]),
            refresh_token=SecretStr(given["refresh_token"]),
        )
        xero.journal.clear()
        yield Consented(xero, served.url, http, MemoryGrants({GRANT: kept}))


async def test_a_fresh_token_is_used_as_it_is(at: Consented):
    token = await at.tokens().access_token(GRANT)
    assert await at.is_accepted(token)
    assert at.refreshes == 0


async def test_a_token_is_refreshed_ahead_of_its_expiry_and_stored(at: Consented):
    before = at.grant
    at.expire()
    token = await at.tokens().access_token(GRANT)
    assert await at.is_accepted(token)
    assert at.grant.access_token == token.value != before.access_token
    assert at.grant.previous_refresh_token == before.refresh_token != at.grant.refresh_token
    assert at.grant.scopes == tuple(SCOPE.split())


async def test_two_workers_and_many_calls_refresh_once(at: Consented):
    at.expire()
    workers = [at.tokens(), at.tokens()]
    found = await asyncio.gather(*(worker.access_token(GRANT) for worker in workers for _ in range(20)))
    assert at.refreshes == 1
    assert len({token.value.get_secret_value() for token in found}) == 1


async def test_a_hundred_expiries_with_two_workers_racing_lose_no_token(at: Consented):
    workers = [at.tokens(), at.tokens()]
    for _ in range(100):
        at.expire()
        for token in await asyncio.gather(*(worker.access_token(GRANT) for worker in workers)):
            assert await at.is_accepted(token)
    assert at.refreshes == 100


async def test_a_token_that_xero_refused_is_replaced_before_its_time(at: Consented):
    tokens = at.tokens()
    first = await tokens.access_token(GRANT)
    at.xero.identity.expire_access_tokens()
    second = await tokens.access_token(GRANT, rejected=first)
    assert await at.is_accepted(second)
    assert (await tokens.access_token(GRANT, rejected=first)).value == second.value
    assert at.refreshes == 1


async def test_callers_of_one_worker_never_get_back_the_token_that_xero_refused_them(at: Consented):
    at.expire()
    worker, other = at.tokens(), at.tokens()
    async with at.grants.lock(GRANT) as locked:
        early = asyncio.create_task(worker.access_token(GRANT))  # it waits for the lock, for any token that is fresh
        await asyncio.sleep(0)
        # Meanwhile another worker stores a token, which Xero does not take.
        form = {"grant_type": "refresh_token", "refresh_token": revealed(at.grant.refresh_token)}
        given = (await at.http.post(f"{at.url}{TOKEN_PATH}", data=form, auth=APP)).json()
        expires_at = at.xero.clock.now() + timedelta(minutes=30)
        fresh = {"access_token": SecretStr(given["access_token"]), "refresh_token": SecretStr(given["refresh_token"])}
        await locked.save(at.grant.model_copy(update={**fresh, "expires_at": expires_at}))
        refused = await worker.access_token(GRANT)
        at.xero.identity.expire_access_tokens()
        at.xero.journal.clear()
        late = [asyncio.create_task(one.access_token(GRANT, rejected=refused)) for one in (worker, other) * 5]
        await asyncio.sleep(0)
    await early
    found = await asyncio.gather(*late)
    assert refused not in found
    assert all([await at.is_accepted(token) for token in found])
    assert at.refreshes == 1


@pytest.mark.parametrize("fault", ["drop_after", "malformed", "truncated", "drop_before", "server_error"])
async def test_a_refresh_whose_answer_was_lost_is_replayed_within_its_grace(at: Consented, fault: str):
    at.expire()
    at.xero.faults.add(fault, path=TOKEN_PATH, times=1)
    assert await at.is_accepted(await at.tokens().access_token(GRANT))
    assert at.refreshes == 2


async def test_a_refresh_lost_twice_is_tried_again_later_and_not_lost(at: Consented):
    at.expire()
    at.xero.clock.advance(timedelta(minutes=2))
    at.xero.faults.add("drop_after", path=TOKEN_PATH, times=2)
    with pytest.raises(TokenUnavailableError) as unavailable:
        await at.tokens().access_token(GRANT)
    assert not unavailable.value.ambiguous
    at.xero.clock.advance(timedelta(minutes=25))
    assert await at.is_accepted(await at.tokens().access_token(GRANT))


async def test_while_identity_is_down_a_token_with_minutes_left_still_serves(at: Consented):
    at.expire()
    at.xero.faults.add("maintenance", path=TOKEN_PATH)
    assert await at.is_accepted(await at.tokens().access_token(GRANT))


async def test_a_rotation_that_another_overtook_falls_back_on_the_previous_token(at: Consented):
    before = at.grant
    at.expire()
    await at.tokens().access_token(GRANT)
    unknown = at.grant.model_copy(
        update={"refresh_token": SecretStr("never issued"), "previous_refresh_token": before.refresh_token}
    )
    at.grants.kept[GRANT] = unknown.model_copy(update={"access_token": None})
    assert await at.is_accepted(await at.tokens().access_token(GRANT))
    assert not at.grant.is_revoked


async def test_a_consent_that_ended_marks_the_grant_and_is_not_asked_again(at: Consented):
    at.xero.identity.end_grants(lambda _: True)
    at.expire()
    for _ in range(2):
        with pytest.raises(DisconnectedError) as ended:
            await at.tokens().access_token(GRANT)
        assert ended.value.reason is HoldReason.DISCONNECTED
    assert at.grant.is_revoked
    assert at.grant.access_token is None
    assert at.refreshes == 1


async def test_a_wrong_client_secret_is_a_setting_to_mend_and_revokes_nothing(at: Consented):
    at.expire()
    at.xero.clock.advance(timedelta(minutes=2))
    with pytest.raises(MisconfiguredError):
        await at.tokens(client_secret="wrong").access_token(GRANT)
    assert not at.grant.is_revoked


async def test_an_app_without_secret_names_itself(at: Consented):
    at.xero.identity.add_app("xerosync-dev", None, (REDIRECT,), granular=False)
    at.expire()
    assert await at.is_accepted(await at.tokens(client_secret=None).access_token(GRANT))


async def test_a_custom_connection_uses_the_apps_own_credentials(at: Consented):
    tenant = next(iter(at.xero.organisations))
    at.xero.identity.add_app("custom", "secret", (), granular=False, custom_tenant_id=tenant)
    at.grants.kept[GRANT] = Grant(grant_id=GRANT, kind=GrantKind.CUSTOM, scopes=("accounting.settings",))
    token = await at.tokens(client_id="custom", client_secret="secret").access_token(GRANT)
    assert token.kind is GrantKind.CUSTOM
    assert await at.is_accepted(token)


async def exchange(at: Consented, tokens: Tokens) -> int:
    over = Transport(at.http, tokens, api_url=at.url)
    ours = connection(next(iter(at.xero.organisations)))
    return (await over.exchange(ours, Call("GET", "/Organisation"))).status


async def test_a_call_of_a_custom_connection_names_no_organisation(at: Consented):
    tenant = next(iter(at.xero.organisations))
    at.xero.identity.add_app("custom", "secret", (), granular=False, custom_tenant_id=tenant)
    at.grants.kept[GRANT] = Grant(grant_id=GRANT, kind=GrantKind.CUSTOM, scopes=("accounting.settings",))
    assert await exchange(at, at.tokens(client_id="custom", client_secret="secret")) == 200
    (entry,) = at.xero.journal.entries("GET", "/api.xro/2.0/Organisation")
    assert "xero-tenant-id" not in entry.headers


async def test_a_call_whose_token_had_expired_is_made_once_more_with_a_fresh_one(at: Consented):
    at.xero.identity.expire_access_tokens()
    assert await exchange(at, at.tokens()) == 200
    assert [entry.status for entry in at.xero.journal.entries("GET", "/api.xro/2.0/Organisation")] == [401, 200]
    assert at.refreshes == 1


async def test_a_token_refused_twice_is_not_asked_for_a_third_time(at: Consented):
    at.xero.faults.add("unauthorized", path="/api.xro/2.0/")
    assert await exchange(at, at.tokens()) == 401
    assert at.refreshes == 1


async def test_one_403_is_tried_again_while_xero_lists_the_organisation(at: Consented):
    at.xero.faults.add("forbidden", path="/api.xro/2.0/", times=1)
    with pytest.raises(XeroUnavailableError, match="lists the organisation as connected"):
        await exchange(at, at.tokens())
    assert await exchange(at, at.tokens()) == 200


async def test_a_403_is_believed_once_xero_lists_the_organisation_no_more(at: Consented):
    at.xero.identity.disconnect(next(iter(at.xero.organisations)), None)
    assert await exchange(at, at.tokens()) == 403


async def test_a_403_of_the_connections_ends_none(at: Consented):
    at.xero.faults.add("forbidden")
    with pytest.raises(XeroUnavailableError, match="refused to list the connections"):
        await exchange(at, at.tokens())


async def test_a_refresh_outlives_the_caller_who_asked_for_it(at: Consented):
    at.expire()
    at.xero.faults.add("slow", path=TOKEN_PATH, seconds=0.1)
    tokens = at.tokens()
    caller = asyncio.create_task(tokens.access_token(GRANT))
    before = at.grant
    while not at.xero.journal.entries("POST", TOKEN_PATH):
        await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await tokens.access_token(GRANT)
    assert at.grant.refresh_token != before.refresh_token
    assert at.refreshes == 1


async def test_a_token_that_could_not_be_stored_is_kept_until_it_can(at: Consented):
    at.expire()
    at.xero.clock.advance(timedelta(minutes=2))
    tokens = at.tokens()
    at.grants.refuses_saves = True
    with pytest.raises(StoreDownError):
        await tokens.access_token(GRANT)
    at.grants.refuses_saves = False
    # The stored refresh token's grace is over; only the one kept in memory can still be used.
    at.xero.clock.advance(timedelta(minutes=27))
    assert await at.is_accepted(await tokens.access_token(GRANT))
    at.xero.clock.advance(timedelta(minutes=27))
    assert await at.is_accepted(await tokens.access_token(GRANT))
    assert not at.grant.is_revoked


async def test_no_token_shows_anywhere(
    at: Consented, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
):
    at.expire()
    at.xero.faults.add("drop_after", path=TOKEN_PATH)
    tokens = at.tokens()
    at.xero.clock.advance(timedelta(minutes=2))
    (error,) = await asyncio.gather(tokens.access_token(GRANT), return_exceptions=True)
    at.xero.faults.clear()
    given = await tokens.access_token(GRANT)
    secrets = [at.grant.access_token, at.grant.refresh_token, at.grant.previous_refresh_token]
    shown = f"{error!r} {vars(error)} {given!r} {at.grant!r} {vars(tokens)} {caplog.text} {capsys.readouterr()}"
    assert isinstance(error, TokenUnavailableError)
    assert error.__cause__ is None
    assert error.__suppress_context__
    for secret in secrets:
        assert secret is not None
        assert secret.get_secret_value() not in shown
