"""Who may do what, asked of every route that the application has: a new one that nobody closed fails here."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import asyncpg
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from tests.web.console import URL, Console, open_console
from tests.web.identity_provider import CLIENT
from xerosync.core.people import Role

OPEN = {
    "/healthz",
    "/readyz",
    "/static",
    "/sign-in",
    "/sign-in/link",
    "/sign-in/oidc",
    "/sign-in/oidc/callback",
    "/sign-out",
    "/api/v1/openapi.json",
}
"""What needs nothing; of these /sign-in/link, /sign-in/oidc/callback and /sign-out check what they are given."""

SIGNED = {"/webhooks/sequence/{account}", "/webhooks/xero"}
"""What the two companies sign."""

OF_TEMPORALS_PAGE = {"/codec/decode"}
"""What the Temporal Web UI asks from its own site with our session: tests/web/test_codec_server.py."""

SAFE = {"GET", "HEAD"}
IN_PATH = {"account": "acme", "kind": "invoice"}


class Way(NamedTuple):
    """A method of a path, and what its handler says that it needs."""

    method: str
    path: str
    role: Role | None
    scope: str | None
    token: bool

    @property
    def address(self) -> str:
        """The path with names in it."""
        return re.sub(r"{(\w+)(:\w+)?}", lambda name: IN_PATH.get(name[1], "x"), self.path)


def ways(app: Starlette) -> Iterator[Way]:
    for route in app.routes:
        assert isinstance(route, Mount | Route), f"{route} is of a kind that this test does not know"
        if isinstance(route, Mount):
            yield Way("GET", route.path, None, None, token=False)
            continue
        needed: Any = route.endpoint.func if isinstance(route.endpoint, partial) else route.endpoint
        facts = (getattr(needed, name, None) for name in ("needs_role", "needs_scope", "needs_embed_token"))
        role, scope, token = facts
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield Way(method, route.path, role, scope, bool(token))


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(
        database_url, XEROSYNC_OIDC_ISSUER="http://127.0.0.1:9", XEROSYNC_OIDC_CLIENT_ID=CLIENT
    ) as console:
        yield console


def of_console(console: Console) -> list[Way]:
    return [way for way in ways(console.app) if way.role is not None]


async def test_every_route_is_open_by_name_or_says_what_it_needs(console: Console) -> None:
    found = list(ways(console.app))
    for way in found:
        listed = [way.path in each for each in (OPEN, SIGNED, OF_TEMPORALS_PAGE)]
        needs = [*listed, way.role is not None, way.scope is not None, way.token]
        assert sum(needs) == 1, f"{way.method} {way.path} must be in one of the lists or carry what it needs"
        if way.scope is not None:
            assert way.path.startswith("/api/v1/")
    assert {way.path for way in found} >= OPEN | SIGNED | OF_TEMPORALS_PAGE


async def test_nobody_reaches_a_page_without_signing_in(console: Console) -> None:
    console.client.cookies.clear()
    for way in of_console(console):
        answer = await console.client.request(way.method, way.address)
        if way.method in SAFE:
            assert answer.headers["location"].startswith("/sign-in?to="), way
        else:
            assert answer.status_code == 401, way


async def test_what_changes_something_is_no_viewers_and_not_another_sites(console: Console) -> None:
    for way in of_console(console):
        if way.method in SAFE:
            continue
        assert way.role is not None
        assert way.role > Role.VIEWER, f"{way.method} {way.path} changes something"
        await console.sign_in(Role(way.role - 1))
        assert (await console.client.request(way.method, way.address)).status_code == 403, way
        await console.sign_in(Role.ADMIN)
        for foreign in ({"Origin": "https://evil.example"}, {"Origin": URL, "Sec-Fetch-Site": "cross-site"}):
            answer = await console.client.request(way.method, way.address, headers=foreign)
            assert answer.status_code == 403, way


async def test_another_account_does_not_exist(console: Console) -> None:
    await console.sign_in(Role.ADMIN, accounts=("other",))
    for way in of_console(console):
        if "{account}" in way.path:
            answer = await console.client.request(way.method, way.address)
            assert (answer.status_code, "There is no such page." in answer.text) == (404, True), way


async def test_without_a_key_or_a_token_no_answer_shows_anything(console: Console) -> None:
    for way in ways(console.app):
        if way.scope or way.token:
            answer = await console.client.request(way.method, way.address)
            assert answer.status_code == (401 if way.scope else 403), way


async def test_a_session_ends_after_twelve_hours(console: Console, database_url: str) -> None:
    assert (await console.client.get("/")).status_code == 200
    store = await asyncpg.connect(database_url)
    try:
        [left] = await store.fetchrow("SELECT expires_at - now() FROM sessions")
        assert timedelta(hours=11) < left <= timedelta(hours=12)
        await store.execute("UPDATE sessions SET expires_at = expires_at - interval '12 hours'")
    finally:
        await store.close()
    assert (await console.client.get("/")).headers["location"].startswith("/sign-in")


async def test_ids_that_can_be_nobodys_are_answered_as_missing(console: Console) -> None:
    for way in of_console(console):
        if way.method not in SAFE:
            continue
        for strange in ("%00", "%F0%9F%92%A5", "a" * 3_000, "%2e%2e", "%0d%0ax"):
            address = re.sub(r"{(?!kind)\w+}", strange, way.path).replace("{kind}", "invoice")
            if address != way.path:
                answer = await console.client.get(address)
                assert answer.status_code == 404 or strange in ("%F0%9F%92%A5", "%2e%2e"), (way, strange)
                assert answer.status_code < 500, (way, strange)
