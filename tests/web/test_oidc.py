"""Signing in at an OpenID Connect provider: a real one over HTTP, and every way in which its answer may not hold."""

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey

from tests.patience import PATIENCE
from tests.web.console import URL, Console, open_console
from tests.web.identity_provider import CLIENT, SECRET, IdentityProvider, _key, open_provider
from xerosync.core.people import Person, Role
from xerosync.web.oidc_sign_in import CALLBACK, START


@pytest.fixture
async def provider() -> AsyncIterator[IdentityProvider]:
    async with open_provider(URL + CALLBACK) as provider:
        yield provider


@pytest.fixture
async def console(database_url: str, provider: IdentityProvider) -> AsyncIterator[Console]:
    async with open_console(
        database_url,
        XEROSYNC_OIDC_ISSUER=provider.url,
        XEROSYNC_OIDC_CLIENT_ID=CLIENT,
        XEROSYNC_OIDC_CLIENT_SECRET=SECRET,
    ) as console:
        console.client.cookies.clear()
        yield console


async def to_provider(console: Console, to: str = "/") -> str:
    """Go to the provider, and return where it sends the browser."""
    started = await console.client.get(START, params={"to": to})
    assert started.status_code == 303, started.text
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as browser:
        return (await browser.get(started.headers["location"])).headers["location"].removeprefix(URL)


async def sign_in(console: Console, to: str = "/") -> httpx.Response:
    return await console.client.get(await to_provider(console, to))


async def who(console: Console) -> Person | None:
    token = console.client.cookies.get(console.access.cookie)
    return await console.access.sessions.person(token) if token else None


async def test_a_person_signs_in_with_the_role_of_the_claim_and_goes_on(console: Console) -> None:
    page = await console.client.get("/accounts/acme/documents?state=held", follow_redirects=True)
    assert f"{START}?to=%2Faccounts%2Facme%2Fdocuments%3Fstate%3Dheld" in page.text
    answer = await sign_in(console, "/accounts/acme/documents?state=held")
    assert (answer.status_code, answer.headers["location"]) == (303, "/accounts/acme/documents?state=held")
    assert await who(console) == Person(name="ada@example.com", role=Role.ADMIN)
    assert (await console.client.get("/accounts/acme/documents")).status_code == 200


CLAIMS: list[tuple[dict[str, Any], Role | None]] = [
    ({"roles": "viewer"}, Role.VIEWER),
    ({"roles": ["viewer", "operator", "other"]}, Role.OPERATOR),
    ({"roles": ["ADMIN", "administrator"]}, None),
    ({"roles": {"admin": True}}, None),
    ({"roles": [["admin"], None, 3]}, None),
    ({"groups": ["admin"]}, None),
]


async def test_a_role_is_one_of_ours_by_its_name(console: Console, provider: IdentityProvider) -> None:
    for claims, role in CLAIMS:
        provider.claims = {"sub": "u-1", "preferred_username": "ada", **claims}
        console.client.cookies.clear()
        answer = await sign_in(console)
        person = await who(console)
        assert (person and person.role) == role, claims
        if role is None:
            assert answer.status_code == 403
            assert "ada is signed in, but has no role here" in answer.text
            assert "the claim roles" in answer.text


async def test_a_role_may_stand_deep_in_a_claim_or_at_userinfo(database_url: str, provider: IdentityProvider) -> None:
    provider.claims = {"sub": "u-1", "realm_access": {"roles": ["operator"]}}
    settings = {"XEROSYNC_OIDC_ISSUER": provider.url, "XEROSYNC_OIDC_CLIENT_ID": CLIENT}
    settings |= {"XEROSYNC_OIDC_CLIENT_SECRET": SECRET, "XEROSYNC_OIDC_ROLE_CLAIM": "realm_access.roles"}
    async with open_console(database_url, **settings) as console:
        console.client.cookies.clear()
        await sign_in(console)
        assert await who(console) == Person(name="u-1", role=Role.OPERATOR)
        provider.claims = {"sub": "u-1"}
        provider.of_userinfo = {"realm_access": {"roles": ["viewer"]}, "email": "ada@example.com"}
        await sign_in(console)
        assert await who(console) == Person(name="ada@example.com", role=Role.VIEWER)
        provider.of_userinfo["sub"] = "u-2"
        assert (await sign_in(console)).status_code == 403


ACCOUNTS: list[tuple[dict[str, Any], tuple[str, ...] | None]] = [
    ({"accounts": ["acme", "other"]}, ("acme", "other")),
    ({"accounts": "acme"}, ("acme",)),
    ({"accounts": ["*", "acme"]}, None),
]


async def test_a_claim_may_say_which_accounts_a_person_sees(database_url: str, provider: IdentityProvider) -> None:
    settings = {"XEROSYNC_OIDC_ISSUER": provider.url, "XEROSYNC_OIDC_CLIENT_ID": CLIENT}
    settings |= {"XEROSYNC_OIDC_CLIENT_SECRET": SECRET, "XEROSYNC_OIDC_ACCOUNT_CLAIM": "accounts"}
    async with open_console(database_url, **settings) as console:
        for claims, accounts in ACCOUNTS:
            provider.claims = {"sub": "u-1", "roles": ["viewer"], **claims}
            console.client.cookies.clear()
            await sign_in(console)
            assert await who(console) == Person(name="u-1", role=Role.VIEWER, accounts=accounts)
        for nothing in ({}, {"accounts": []}, {"accounts": [" ", 3]}, {"accounts": {"acme": True}}):
            provider.claims = {"sub": "u-1", "roles": ["admin"], **nothing}
            console.client.cookies.clear()
            answer = await sign_in(console)
            assert answer.status_code == 403, nothing
            assert "u-1 is signed in, but may see no account" in answer.text
            assert await who(console) is None
        provider.claims = {"sub": "u-1", "roles": ["viewer"]}
        provider.of_userinfo = {"roles": ["admin"], "accounts": ["other"]}
        await sign_in(console)
        assert await who(console) == Person(name="u-1", role=Role.VIEWER, accounts=("other",)), "the token comes first"


LIES = {
    "nonce": "of another sign-in",
    "aud": "another-client",
    "iss": "https://evil.example",
    "exp": int(time.time()) - 3600,
    "sub": None,
    "azp": "another-client",
}


async def test_a_token_that_was_not_made_for_this_sign_in_does_not_hold(
    console: Console, provider: IdentityProvider
) -> None:
    for claim, lie in LIES.items():
        provider.lies = {claim: lie}
        assert (await sign_in(console)).status_code == 403, claim
        assert await who(console) is None


async def test_a_token_that_another_key_signed_does_not_hold(console: Console, provider: IdentityProvider) -> None:
    for key, algorithm in ((_key(), "RS256"), (OctKey.import_key(SECRET), "HS256")):
        provider.signs_with, provider.algorithm = key, algorithm
        assert (await sign_in(console)).status_code == 403, algorithm
        assert await who(console) is None


async def test_a_provider_may_change_its_keys(console: Console, provider: IdentityProvider) -> None:
    await sign_in(console)
    provider.change_keys()
    console.client.cookies.clear()
    await sign_in(console)
    assert await who(console) is not None


async def test_an_answer_belongs_to_the_browser_and_the_sign_in_that_it_was_asked_by(console: Console) -> None:
    answer = await to_provider(console)
    cookies = dict(console.client.cookies)
    console.client.cookies.clear()
    assert (await console.client.get(answer)).status_code == 403
    await console.client.get(START)
    assert (await console.client.get(answer)).status_code == 403
    console.client.cookies.clear()
    console.client.cookies.update(cookies)
    assert (await console.client.get(f"{answer}&iss=https://evil.example")).status_code == 403
    assert await who(console) is None


async def test_an_answer_signs_in_once(console: Console) -> None:
    answer = await to_provider(console)
    cookies = dict(console.client.cookies)
    assert (await console.client.get(answer)).status_code == 303
    console.client.cookies.clear()
    console.client.cookies.update(cookies)
    assert (await console.client.get(answer)).status_code == 403


async def test_whom_the_provider_refuses_is_told(console: Console, provider: IdentityProvider) -> None:
    provider.refuses = True
    answer = await sign_in(console)
    assert (answer.status_code, "did not sign you in" in answer.text) == (403, True)


async def test_a_provider_that_does_not_answer_is_told_and_asked_again_later(database_url: str) -> None:
    away = {"XEROSYNC_OIDC_ISSUER": "http://127.0.0.1:9", "XEROSYNC_OIDC_CLIENT_ID": CLIENT}
    async with open_console(database_url, **away) as console:
        answer = await console.client.get(START)
        assert (answer.status_code, "127.0.0.1 does not answer" in answer.text) == (503, True)


async def test_without_a_provider_there_is_no_such_way_in(database_url: str) -> None:
    async with open_console(database_url) as console:
        assert (await console.client.get(START)).status_code == 404
        assert (await console.client.get(CALLBACK)).status_code == 404
