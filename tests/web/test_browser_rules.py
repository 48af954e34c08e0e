"""What browsers get besides the page: where it may lead, by which protocol, and whose cookies are whose."""

from collections.abc import AsyncIterator

import pytest

from tests.web.console import Console, open_console

PUBLIC = "https://sync.example.com"


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url, XEROSYNC_PUBLIC_URL=PUBLIC) as console:
        console.client.headers["Host"] = "sync.example.com"
        yield console


async def test_behind_tls_every_answer_says_to_come_by_tls_alone(console: Console) -> None:
    for path in ("/", "/sign-in", "/static/console.css", "/api/v1/documents", "/nothing", "/healthz", "/webhooks/xero"):
        answer = await console.client.get(path)
        assert answer.headers["strict-transport-security"] == "max-age=31536000", path


async def test_without_tls_no_answer_asks_for_it(database_url: str) -> None:
    async with open_console(database_url) as plain:
        assert "strict-transport-security" not in (await plain.client.get("/sign-in")).headers


async def test_forms_lead_to_our_own_pages_and_to_xero_alone(console: Console) -> None:
    policy = (await console.client.get("/connect/acme")).headers["content-security-policy"]
    assert "form-action 'self' https://*.xero.com" in policy.split("; ")
    embedded = (await console.client.get("/embed/customers/x?token=y")).headers["content-security-policy"]
    assert "form-action 'none'" in embedded.split("; ")


async def test_behind_tls_a_cookie_is_of_this_host_alone_and_travels_by_tls(console: Console) -> None:
    answer = await console.client.post("/sign-out", headers={"Origin": PUBLIC})
    assert answer.status_code == 303
    [cookie] = answer.headers.get_list("set-cookie")
    name, *parts = [part.strip().lower() for part in cookie.split(";")]
    assert name.startswith("__host-")
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= set(parts)
    assert not any(part.startswith("domain") for part in parts)


async def test_no_page_is_kept_by_a_cache_on_the_way(console: Console) -> None:
    for path in ("/", "/sign-in", "/connect", "/api/v1/openapi.json", "/nothing"):
        assert (await console.client.get(path)).headers["cache-control"] == "no-store", path
