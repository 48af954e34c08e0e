"""Who gets into the console."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import pytest

from tests.integration.office import Office
from tests.web.edge import Edge, open_edge
from xerosync.core.people import Person, Role
from xerosync.web.access import local


@pytest.fixture
async def edge(office: Office) -> AsyncIterator[Edge]:
    async with open_edge(office) as edge:
        yield edge


async def signed_in(
    office: Office, edge: Edge, role: Role = Role.ADMIN, accounts: tuple[str, ...] | None = None
) -> Edge:
    token = await office.services.sessions.make_link(Person(name="Ada", role=role, accounts=accounts))
    answer = await edge.client.post("/sign-in/link", data={"token": token, "to": "/"}, headers={"Origin": edge.url})
    assert answer.status_code == 303
    cookie = SimpleCookie(answer.headers["set-cookie"])["xerosync"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    return edge


async def test_nobody_gets_in_without_signing_in(edge: Edge) -> None:
    answer = await edge.client.get("/accounts/x/documents?state=held")
    assert answer.status_code in (303, 404)
    answer = await edge.client.get("/")
    assert answer.headers["location"] == "/sign-in?to=%2F"
    assert (await edge.client.get("/sign-in")).status_code == 200


async def test_a_link_signs_in_once(office: Office, edge: Edge) -> None:
    token = await office.services.sessions.make_link(Person(name="Ada", role=Role.VIEWER))
    shown = await edge.client.get(f"/sign-in?token={token}")
    assert token in shown.text
    assert (await edge.client.get("/")).status_code == 303
    form = {"token": token, "to": "/"}
    foreign = await edge.client.post("/sign-in/link", data=form, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert (await edge.client.post("/sign-in/link", data=form, headers={"Origin": edge.url})).status_code == 303
    assert (await edge.client.post("/sign-in/link", data=form, headers={"Origin": edge.url})).status_code == 403


async def test_signing_out_ends_the_session(office: Office, edge: Edge) -> None:
    await signed_in(office, edge)
    assert (await edge.client.get("/")).headers["location"] == f"/accounts/{office.account_id}"
    cookie = dict(edge.client.cookies)
    assert (await edge.client.post("/sign-out", headers={"Origin": edge.url})).status_code == 303
    edge.client.cookies.update(cookie)
    assert (await edge.client.get("/")).headers["location"].startswith("/sign-in")


async def test_a_person_of_another_account_sees_none_of_this_one(office: Office, edge: Edge) -> None:
    await signed_in(office, edge, accounts=("other",))
    page = await edge.client.get("/")
    assert page.status_code == 200
    assert office.account_id not in page.text


async def test_pages_say_what_a_browser_may_do_with_them(office: Office, edge: Edge) -> None:
    await signed_in(office, edge, accounts=("other",))
    headers = (await edge.client.get("/")).headers
    assert "script" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/a\nb"]
)
def test_signing_in_leads_to_our_own_pages_alone(address: str) -> None:
    assert local(address) == "/"


def test_a_page_of_ours_is_gone_on_to() -> None:
    assert local("/accounts/a/documents?state=held") == "/accounts/a/documents?state=held"
