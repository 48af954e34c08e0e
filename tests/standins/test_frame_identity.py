"""Consent, tokens, connections and scopes, over real HTTP."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from standins.xero.identity.state import DEV_CLIENT_ID, DEV_CLIENT_SECRET
from tests.standins.frame_xero import (
    CALLBACK,
    ORG,
    OTHER_ORG,
    SCOPE,
    VERIFIER,
    Bench,
    bare_xero,
    challenge,
)

ASKED = {"response_type": "code", "client_id": DEV_CLIENT_ID, "redirect_uri": CALLBACK, "scope": SCOPE, "state": "s"}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with bare_xero(authentication=True) as made:
        yield made


def claims(token: str) -> dict[str, object]:
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


async def test_the_authorize_page_offers_every_organisation_and_passes_all_that_was_asked_on(bench: Bench):
    page = await bench.http.get("/identity/connect/authorize", params={**ASKED, "state": '"><b>'})
    assert page.status_code == 200
    assert "Demo Company" in page.text
    assert "Other Company" in page.text
    assert "Allow" in page.text
    assert "accounting.contacts" in page.text
    assert '"><b>' not in page.text


async def test_allow_gives_a_code_that_becomes_tokens_for_the_chosen_organisations(bench: Bench):
    tokens = await bench.sign_in(scope=SCOPE + " openid", tenants=(OTHER_ORG,))
    assert tokens["expires_in"] == 1800
    assert tokens["token_type"] == "Bearer"
    assert set(tokens) == {"access_token", "refresh_token", "id_token", "expires_in", "token_type", "scope"}
    assert {"authentication_event_id", "xero_userid", "exp", "client_id"} <= set(claims(tokens["access_token"]))
    assert (await bench.call(tokens["access_token"], tenant=OTHER_ORG)).status_code == 200
    refused = await bench.call(tokens["access_token"], tenant=ORG)
    assert (refused.status_code, refused.json()["Detail"]) == (403, "AuthenticationUnsuccessful")


async def test_cancel_goes_back_with_access_denied_and_the_state(bench: Bench):
    answer = await bench.http.post("/identity/connect/authorize", data={**ASKED, "answer": "cancel"})
    assert answer.headers["location"] == f"{CALLBACK}?error=access_denied&state=s"


async def test_allow_without_an_organisation_asks_again(bench: Bench):
    answer = await bench.http.post("/identity/connect/authorize", data={**ASKED, "answer": "allow"})
    assert answer.status_code == 200
    assert "at least one organisation" in answer.text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_id": "nobody"}, "unauthorized_client"),
        ({"redirect_uri": "http://127.0.0.1:4321/callback"}, "unauthorized_client"),
        ({"redirect_uri": "http://example.com/callback"}, "unauthorized_client"),
        ({"redirect_uri": "javascript:alert(1)"}, "unauthorized_client"),
        ({"scope": "accounting.everything"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "invalid_request"),
    ],
)
async def test_a_wrong_request_is_told_to_the_user_and_never_sent_back(bench: Bench, change: dict[str, str], code: str):
    page = await bench.http.get("/identity/connect/authorize", params={**ASKED, **change})
    assert page.status_code == 400
    assert code in page.text


async def test_an_app_may_use_only_the_addresses_it_registered(bench: Bench):
    await bench.sandbox("identity/apps", client_id="strict", client_secret="s", redirect_uris=["https://a.example/cb"])
    page = await bench.http.get("/identity/connect/authorize", params={**ASKED, "client_id": "strict"})
    assert page.status_code == 400
    wrong = {"client_id": "x", "redirect_uris": ["http://127.0.0.1/cb"]}
    assert (await bench.http.post("/_sandbox/identity/apps", json=wrong)).status_code == 400


async def test_a_code_works_once_for_five_minutes_and_with_its_redirect_address(bench: Bench):
    async def redeem(code: str, redirect_uri: str = CALLBACK) -> tuple[int, str | None]:
        answer = await bench.token(grant_type="authorization_code", code=code, redirect_uri=redirect_uri)
        return answer.status_code, answer.json().get("error")

    code = await bench.consent()
    assert await redeem(code) == (200, None)
    assert await redeem(code) == (400, "invalid_grant")
    assert await redeem(await bench.consent(), "http://localhost/elsewhere") == (400, "invalid_grant")
    late = await bench.consent()
    bench.xero.clock.advance(timedelta(minutes=5))
    assert await redeem(late) == (400, "invalid_grant")


async def test_pkce_needs_the_verifier_of_the_challenge_and_no_secret(bench: Bench):
    await bench.sandbox("identity/apps", client_id="native", redirect_uris=[CALLBACK])
    pkce = {"code_challenge": challenge(), "code_challenge_method": "S256"}
    without = await bench.http.get("/identity/connect/authorize", params={**ASKED, "client_id": "native"})
    assert without.status_code == 400
    seen = []
    for verifier in ("wrong", "", VERIFIER):
        form = {
            "grant_type": "authorization_code",
            "client_id": "native",
            "code": await bench.consent(client_id="native", **pkce),
            "redirect_uri": CALLBACK,
            "code_verifier": verifier,
        }
        seen.append((await bench.http.post("/connect/token", data=form)).status_code)
    assert seen == [400, 400, 200]


async def test_an_app_signs_with_a_basic_header_or_in_the_form_and_wrongly_is_invalid_client(bench: Bench):
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": DEV_CLIENT_ID}
    answers = [
        await bench.http.post("/connect/token", data={**form, "client_secret": DEV_CLIENT_SECRET}),
        await bench.http.post("/connect/token", data=form, auth=(DEV_CLIENT_ID, DEV_CLIENT_SECRET)),
        await bench.http.post("/connect/token", data={**form, "client_secret": "wrong"}),
        await bench.http.post("/connect/token", data=form),
        await bench.http.post("/connect/token", data=form, headers={"Authorization": "Basic %%%"}),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [
        (400, "invalid_grant"),
        (400, "invalid_grant"),
        *[(400, "invalid_client")] * 3,
    ]
    unknown = await bench.token(grant_type="password")
    assert unknown.json() == {"error": "unsupported_grant_type"}


async def test_a_refresh_token_rotates_and_the_previous_one_works_for_thirty_minutes(bench: Bench):
    first = (await bench.sign_in())["refresh_token"]
    second = (await bench.refresh(first)).json()["refresh_token"]
    assert second != first
    bench.xero.clock.advance(timedelta(minutes=29))
    replayed = (await bench.refresh(first)).json()
    assert (await bench.call(replayed["access_token"])).status_code == 200
    assert (await bench.refresh(replayed["refresh_token"])).status_code == 200
    bench.xero.clock.advance(timedelta(minutes=1))
    late = await bench.refresh(first)
    assert (late.status_code, late.json()) == (400, {"error": "invalid_grant"})


async def test_a_refresh_token_dies_after_sixty_idle_days(bench: Bench):
    token = (await bench.sign_in())["refresh_token"]
    bench.xero.clock.advance(timedelta(days=59))
    token = (await bench.refresh(token)).json()["refresh_token"]
    bench.xero.clock.advance(timedelta(days=60))
    assert (await bench.refresh(token)).json() == {"error": "invalid_grant"}


async def test_without_offline_access_there_is_no_refresh_token(bench: Bench):
    assert "refresh_token" not in await bench.sign_in(scope="accounting.contacts")


async def test_a_refresh_may_ask_for_less_and_never_for_more(bench: Bench):
    token = (await bench.sign_in())["refresh_token"]
    more = await bench.token(grant_type="refresh_token", refresh_token=token, scope=SCOPE + " accounting.payments")
    assert more.json() == {"error": "invalid_scope"}
    less = await bench.token(grant_type="refresh_token", refresh_token=token, scope="accounting.contacts")
    assert (await bench.call(less.json()["access_token"], "Invoices")).status_code == 401


async def test_an_access_token_lives_thirty_minutes(bench: Bench):
    token = (await bench.sign_in())["access_token"]
    bench.xero.clock.advance(timedelta(minutes=29))
    assert (await bench.call(token)).status_code == 200
    bench.xero.clock.advance(timedelta(minutes=1))
    refused = await bench.call(token)
    assert refused.status_code == 401
    body = refused.json()
    assert body["Detail"].startswith("TokenExpired: token expired at ")
    assert (body["Type"], body["Title"], body["Status"], body["Extensions"]) == (None, "Unauthorized", 401, {})
    assert body["Instance"]


@pytest.mark.parametrize("token", [None, "abc", "a.b.c", "ä.ö.ü"])
async def test_a_token_that_xero_never_gave_is_refused(bench: Bench, token: str | None):
    headers = [] if token is None else [(b"authorization", b"Bearer " + token.encode())]
    answer = await bench.http.get("/api.xro/2.0/Invoices", headers=[*headers, (b"xero-tenant-id", ORG.encode())])
    assert (answer.status_code, answer.json()["Detail"]) == (401, "AuthenticationUnsuccessful")


async def test_a_changed_token_is_refused(bench: Bench):
    head, middle, signature = (await bench.sign_in())["access_token"].split(".")
    body = {**claims(f"{head}.{middle}.{signature}"), "exp": 9_999_999_999}
    forged = base64.urlsafe_b64encode(json.dumps(body).encode()).rstrip(b"=").decode()
    assert (await bench.call(f"{head}.{forged}.{signature}")).status_code == 401


async def test_one_403_can_be_played_while_the_organisation_stays_connected(bench: Bench):
    token = (await bench.sign_in())["access_token"]
    bench.xero.faults.add("forbidden", path="/api.xro/", times=1)

    assert (await bench.call(token)).status_code == 403
    listed = await bench.http.get("/connections", headers={"Authorization": f"Bearer {token}"})
    assert [held["tenantId"] for held in listed.json()] == [ORG]
    assert (await bench.call(token)).status_code == 200


async def test_an_organisation_disconnected_in_xero_is_403_while_refreshing_works(bench: Bench):
    tokens = await bench.sign_in()
    assert await bench.sandbox("identity/disconnect", tenant_id=ORG) == {"disconnected": 1}
    refused = await bench.call(tokens["access_token"])
    assert refused.status_code == 403
    assert (refused.json()["Title"], refused.json()["Detail"]) == ("Forbidden", "AuthenticationUnsuccessful")
    refreshed = await bench.refresh(tokens["refresh_token"])
    assert refreshed.status_code == 200
    assert (await bench.call(refreshed.json()["access_token"])).status_code == 403
    await bench.sign_in()
    assert (await bench.call(refreshed.json()["access_token"])).status_code == 200


@pytest.mark.parametrize(
    ("scope", "method", "path", "allowed"),
    [
        ("accounting.invoices", "PUT", "Invoices", True),
        ("accounting.invoices", "PUT", "CreditNotes/1/Allocations", True),
        ("accounting.invoices.read", "GET", "CreditNotes", True),
        ("accounting.invoices.read", "POST", "CreditNotes", False),
        ("accounting.transactions", "POST", "Invoices/1/History", True),
        ("accounting.transactions", "PUT", "Payments", True),
        ("accounting.transactions.read", "GET", "Payments", True),
        ("accounting.transactions.read", "PUT", "Payments", False),
        ("accounting.transactions", "GET", "Contacts", False),
        ("accounting.contacts.read", "GET", "Contacts", True),
        ("accounting.contacts", "GET", "Accounts", False),
        ("accounting.settings.read", "GET", "Organisation", True),
        ("accounting.settings", "GET", "Invoices/1/Attachments", False),
        ("accounting.attachments", "GET", "Invoices/1/Attachments", True),
    ],
)
async def test_old_and_granular_scopes_open_what_xero_says(
    bench: Bench, scope: str, method: str, path: str, allowed: bool
):
    token = (await bench.sign_in(scope=scope))["access_token"]
    answer = await bench.call(token, path, method=method)
    assert answer.status_code == (200 if allowed else 401)
    if not allowed:
        assert answer.json()["Detail"] == "AuthorizationUnsuccessful"


async def test_an_app_made_since_march_2026_gets_no_broad_scope(bench: Bench):
    await bench.sandbox("identity/apps", client_id="new", client_secret="s", redirect_uris=[CALLBACK])
    for scope, status in (("accounting.transactions", 400), ("accounting.invoices", 200)):
        asked = {**ASKED, "client_id": "new", "scope": scope}
        assert (await bench.http.get("/identity/connect/authorize", params=asked)).status_code == status


async def test_the_broad_scope_ends_on_13_september_2027(bench: Bench):
    bench.xero.clock.set(datetime(2027, 9, 12, 23, 50, tzinfo=UTC))
    token = (await bench.sign_in(scope="accounting.transactions"))["access_token"]
    assert (await bench.call(token)).status_code == 200
    bench.xero.clock.set(datetime(2027, 9, 13, tzinfo=UTC))
    assert (await bench.call(token)).status_code == 401
    asked = {**ASKED, "scope": "accounting.transactions"}
    assert (await bench.http.get("/identity/connect/authorize", params=asked)).status_code == 400


async def test_connections_are_listed_filtered_and_deleted(bench: Bench):
    await bench.sign_in(tenants=(ORG,))
    token = (await bench.sign_in(tenants=(OTHER_ORG,)))["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    listed = (await bench.http.get("/connections", headers=bearer)).json()
    assert [held["tenantId"] for held in listed] == [ORG, OTHER_ORG]
    event = claims(token)["authentication_event_id"]
    (mine,) = (await bench.http.get("/Connections", headers=bearer, params={"authEventId": str(event)})).json()
    assert set(mine) == {
        "id", "authEventId", "tenantId", "tenantType", "tenantName", "createdDateUtc", "updatedDateUtc"
    }  # fmt: skip
    assert (mine["tenantType"], mine["tenantName"]) == ("ORGANISATION", "Other Company")
    assert (await bench.http.delete(f"/connections/{mine['id']}", headers=bearer)).status_code == 204
    assert (await bench.http.delete(f"/connections/{mine['id']}", headers=bearer)).status_code == 404
    assert (await bench.call(token, tenant=OTHER_ORG)).status_code == 403
    assert (await bench.http.get("/connections")).status_code == 401


async def test_connecting_again_keeps_the_connection_and_moves_its_update(bench: Bench):
    await bench.sign_in()
    (before,) = bench.xero.identity.connections.of(DEV_CLIENT_ID)
    created, event = before.created_at, before.auth_event_id
    bench.xero.clock.advance(timedelta(days=1))
    await bench.sign_in()
    (after,) = bench.xero.identity.connections.of(DEV_CLIENT_ID)
    assert (after.id, after.created_at) == (before.id, created)
    assert after.updated_at > created
    assert after.auth_event_id != event


async def test_revocation_ends_the_tokens_and_removes_the_connections(bench: Bench):
    tokens = await bench.sign_in()
    answer = await bench.http.post(
        "/connect/revocation", data={"token": tokens["refresh_token"]}, auth=(DEV_CLIENT_ID, DEV_CLIENT_SECRET)
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert (await bench.refresh(tokens["refresh_token"])).json() == {"error": "invalid_grant"}
    assert (await bench.call(tokens["access_token"])).status_code == 401
    assert bench.xero.identity.connections.of(DEV_CLIENT_ID) == []


async def test_a_custom_connection_has_one_organisation_and_sends_no_tenant(bench: Bench):
    await bench.sandbox("identity/apps", client_id="custom", client_secret="s", custom_tenant_id=OTHER_ORG)
    form = {"grant_type": "client_credentials", "scope": "accounting.invoices"}
    answer = (await bench.http.post("/connect/token", data=form, auth=("custom", "s"))).json()
    assert "refresh_token" not in answer
    assert (await bench.call(answer["access_token"], tenant=None)).status_code == 200
    assert bench.xero.calls[-1][1] == OTHER_ORG
    assert (await bench.call(answer["access_token"], tenant=ORG)).status_code == 403
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    (held,) = (await bench.http.get("/connections", headers=bearer)).json()
    assert held["tenantId"] == OTHER_ORG
    assert (await bench.token(grant_type="client_credentials")).json() == {"error": "unauthorized_client"}


async def test_tokens_expire_and_grants_end_on_demand(bench: Bench):
    tokens = await bench.sign_in()
    await bench.sandbox("identity/expire", tokens="access")
    expired = await bench.call(tokens["access_token"])
    assert expired.json()["Detail"].startswith("TokenExpired")
    tokens = (await bench.refresh(tokens["refresh_token"])).json()
    await bench.sandbox("identity/expire", tokens="refresh")
    assert (await bench.refresh(tokens["refresh_token"])).status_code == 400
    assert (await bench.call(tokens["access_token"])).status_code == 200
    assert await bench.sandbox("identity/revoke") == {"revoked": 1}
    assert (await bench.call(tokens["access_token"])).status_code == 401


async def test_a_test_gets_tokens_without_the_page(bench: Bench):
    tokens = await bench.sandbox("identity/grants", tenant_ids=[ORG], scope="offline_access accounting.contacts")
    assert (await bench.call(tokens["access_token"], "Contacts")).status_code == 200
    shown = (await bench.http.get("/_sandbox/identity")).text
    assert tokens["access_token"] not in shown
    assert tokens["refresh_token"] not in shown
    assert DEV_CLIENT_SECRET not in shown


async def test_no_token_code_or_secret_is_in_the_journal(bench: Bench):
    code = await bench.consent()
    tokens = (await bench.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)).json()
    form = {"client_id": DEV_CLIENT_ID, "client_secret": DEV_CLIENT_SECRET}
    await bench.http.post(
        "/connect/token", data={**form, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    )
    await bench.call(tokens["access_token"])
    shown = (await bench.http.get("/_sandbox/journal")).text
    secrets = [code, tokens["access_token"], tokens["refresh_token"], DEV_CLIENT_SECRET]
    assert [secret for secret in secrets if secret in shown] == []
    assert "/connect/token" in shown


async def test_unchecked_any_token_or_none_passes_and_a_disconnected_organisation_does_not():
    async with bare_xero() as bench:
        assert (await bench.call()).status_code == 200
        assert (await bench.call("whatever")).status_code == 200
        listed = (await bench.http.get("/connections")).json()
        assert [held["tenantId"] for held in listed] == [ORG, OTHER_ORG]
        await bench.sandbox("identity/disconnect", tenant_id=ORG)
        assert (await bench.call()).status_code == 403
        assert (await bench.call(tenant=OTHER_ORG)).status_code == 200
        await bench.sandbox("identity/connect", tenant_id=ORG)
        assert (await bench.call()).status_code == 200
