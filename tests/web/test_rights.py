"""Who may do what, enumerated from the routes themselves: a route that nobody thought of is closed."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest
from starlette.routing import BaseRoute, Mount, Route

from tests.web.console import Console, open_console
from xerosync.core.people import Role
from xerosync.web.access import SAFE_METHODS

OPEN = ("/healthz", "/readyz", "/sign-in", "/sign-in/link", "/sign-out", "/webhooks/", "/static", "/api/", "/embed/")
"""What a person need not be signed in for, or proves otherwise: a probe, a signature, a key."""


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url) as console:
        yield console


def all_routes(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    for route in routes:
        if isinstance(route, Route):
            yield route
        elif isinstance(route, Mount):
            yield from all_routes(route.routes)


def closed(app: Any) -> list[Route]:
    return [route for route in all_routes(app.routes) if not route.path.startswith(OPEN)]


def address(route: Route) -> str:
    return route.path.format_map(dict.fromkeys(route.param_convertors, "x")).replace(
        "/documents/x/", "/documents/invoice/"
    )


async def test_every_route_says_which_role_it_needs(console: Console) -> None:
    without = [route.path for route in closed(console.app) if not isinstance(role_of(route), Role)]
    assert without == []


async def test_a_viewer_is_refused_on_every_route_that_changes_something(console: Console) -> None:
    await console.sign_in(Role.VIEWER)
    changing = [
        (route, method)
        for route in closed(console.app)
        for method in (route.methods or ())
        if method not in SAFE_METHODS
    ]
    assert len(changing) > 3
    for route, method in changing:
        answer = await console.client.request(method, address(route))
        assert answer.status_code == 403, f"{method} {route.path} answers {answer.status_code}"


async def test_no_route_answers_whoever_is_not_signed_in(console: Console) -> None:
    console.client.cookies.clear()
    for route in closed(console.app):
        for method in route.methods or ():
            answer = await console.client.request(method, address(route))
            assert answer.status_code in (303, 401), f"{method} {route.path} answers {answer.status_code}"


async def test_no_page_of_another_account_is_shown(console: Console) -> None:
    await console.sign_in(Role.ADMIN, accounts=("other",))
    for route in closed(console.app):
        if "account" in route.param_convertors:
            for method in route.methods or ():
                answer = await console.client.request(method, address(route))
                assert answer.status_code == 404, f"{method} {route.path} answers {answer.status_code}"


async def test_no_page_of_another_site_can_change_anything(console: Console) -> None:
    for route in closed(console.app):
        for method in set(route.methods or ()) - set(SAFE_METHODS):
            answer = await console.client.request(method, address(route), headers={"Origin": "https://evil.example"})
            assert answer.status_code == 403, f"{method} {route.path} answers {answer.status_code}"


def role_of(route: Route) -> object:
    return getattr(route.endpoint, "needs_role", None)
