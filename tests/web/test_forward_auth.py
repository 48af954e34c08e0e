"""A proxy that signs people in: who is believed, and who is not."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.patience import PATIENCE
from tests.web.console import Console, open_console
from xerosync.settings import Settings
from xerosync.web.app import web_app
from xerosync.web.serve import serving

SECRET = "secret of the proxy"
PROXY = {"X-Xerosync-Proxy-Secret": SECRET, "X-Forwarded-User": "ada@example.com"}
PAGE = "/accounts/acme/documents"


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(
        database_url, XEROSYNC_FORWARD_AUTH_SECRET=SECRET, XEROSYNC_TRUSTED_PROXIES="127.0.0.1"
    ) as console:
        console.client.cookies.clear()
        yield console


async def test_whom_the_proxy_signed_in_has_the_role_that_it_names(console: Console) -> None:
    for role in ("viewer", "Operator", "admin"):
        page = await console.client.get(PAGE, headers={**PROXY, "X-Forwarded-Role": role})
        assert page.status_code == 200
        assert f"ada@example.com ({role.lower()})" in page.text
    page = await console.client.get(PAGE, headers={**PROXY, "X-Forwarded-Role": "owner"})
    assert page.status_code == 403
    assert "ada@example.com is signed in, but has no role here" in page.text


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Xerosync-Proxy-Secret": "secret of the proxz"},
        {"X-Xerosync-Proxy-Secret": ""},
        {"X-Forwarded-User": ""},
        {"X-Forwarded-User": "a" * 300},
    ],
)
async def test_headers_without_the_secret_or_a_name_are_not_believed(console: Console, changed: dict[str, str]) -> None:
    page = await console.client.get(PAGE, headers={**PROXY, "X-Forwarded-Role": "admin", **changed})
    assert page.headers["location"].startswith("/sign-in")


async def test_a_header_may_say_which_accounts_a_person_sees(database_url: str) -> None:
    settings = {"XEROSYNC_FORWARD_AUTH_SECRET": SECRET, "XEROSYNC_TRUSTED_PROXIES": "127.0.0.1"}
    async with open_console(database_url, **settings, XEROSYNC_FORWARD_AUTH_ACCOUNTS="true") as console:
        console.client.cookies.clear()
        signed = {**PROXY, "X-Forwarded-Role": "viewer"}
        for named, expected in {"acme": 200, "other, acme": 200, "*": 200, "other": 404, "": 403, " , ": 403}.items():
            page = await console.client.get(PAGE, headers={**signed, "X-Forwarded-Accounts": named})
            assert page.status_code == expected, named
        assert (await console.client.get(PAGE, headers=signed)).status_code == 403, "not named is none"
        twice = [*signed.items(), ("X-Forwarded-Accounts", "other"), ("X-Forwarded-Accounts", "*")]
        page = await console.client.get(PAGE, headers=twice)
        assert page.status_code == 403
        assert "may see no account: ask for one, or for * (all), in the header x-forwarded-accounts" in page.text


async def test_a_header_that_is_there_twice_is_not_believed(console: Console) -> None:
    headers = [*PROXY.items(), ("X-Forwarded-User", "eve@example.com"), ("X-Forwarded-Role", "admin")]
    assert (await console.client.get(PAGE, headers=headers)).status_code == 303


async def test_without_the_setting_no_header_signs_in(database_url: str) -> None:
    async with open_console(database_url) as console:
        console.client.cookies.clear()
        page = await console.client.get(PAGE, headers={**PROXY, "X-Forwarded-Role": "admin"})
        assert page.status_code == 303


@pytest.mark.parametrize(("proxies", "expected"), [("127.0.0.1", 200), ("10.0.0.0/8", 303)])
async def test_who_holds_the_connection_counts_and_not_who_a_header_names(
    database_url: str, proxies: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_console(database_url) as console:
        for name, value in {
            "XEROSYNC_DATABASE_URL": database_url,
            "XEROSYNC_TOKEN_KEYS": "A" * 43 + "=",
            "XEROSYNC_XERO_CLIENT_ID": "test",
            "XEROSYNC_SERVE_PORT": "0",
            "XEROSYNC_FORWARD_AUTH_SECRET": SECRET,
            "XEROSYNC_TRUSTED_PROXIES": proxies,
        }.items():
            monkeypatch.setenv(name, value)
        settings = Settings.load(env_file=None)
        headers = {**PROXY, "X-Forwarded-Role": "admin", "Accept": "text/html"}
        async with (
            serving(web_app(console.services, settings), settings) as url,
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as client,
        ):
            for forwarded in ("203.0.113.9", "10.1.1.1"):
                page = await client.get(PAGE, headers={**headers, "X-Forwarded-For": forwarded})
                assert page.status_code == expected
