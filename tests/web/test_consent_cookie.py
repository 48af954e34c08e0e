"""The consent under way as a browser keeps it: whose it is, and for how long it counts."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from tests.web.console import Console, open_console
from xerosync.postgres import Cipher
from xerosync.web.consent_cookie import LASTS, ConsentCookie, PendingConsent
from xerosync.xero.oauth.consent import ConsentRequest

STATE = "the-state"
QUESTION = ConsentRequest(
    url="", redirect_uri="http://localhost/oauth/callback", state=SecretStr(STATE), verifier=SecretStr("v")
)


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url) as console:
        yield console


def of_browser(console: Console, **cookies: str) -> Request:
    """A request of the browser that is signed in."""
    session = console.client.cookies[console.access.cookie]
    cookie = "; ".join(f"{name}={value}" for name, value in ({console.access.cookie: session} | cookies).items())
    return Request({"type": "http", "app": console.app, "headers": [(b"cookie", cookie.encode())]})


def keep(console: Console, **changed: object) -> Response:
    """Keep a consent, other in these fields than what was begun just now, in the browser; return what did so."""
    cookie, request = ConsentCookie(Cipher(console.settings.token_keys)), of_browser(console)
    pending = cookie.begin(request, "acme", QUESTION).model_copy(update=changed)
    response = cookie.write(request, Response(), pending)
    name, _, value = response.headers["set-cookie"].partition(";")[0].partition("=")
    console.client.cookies.set(name, value)
    return response


async def answer_of_xero(console: Console) -> str:
    answer = await console.client.get(f"/oauth/callback?code=c&state={STATE}", follow_redirects=False)
    assert answer.status_code in (409, 503), answer.text
    return answer.text


async def test_a_consent_under_way_is_read_by_the_browser_and_the_session_that_began_it(console: Console) -> None:
    cookie = ConsentCookie(Cipher(console.settings.token_keys))
    keep(console)
    name = f"{console.access.cookie}-consent"
    kept = {name: console.client.cookies[name]}
    found = cookie.read(of_browser(console, **kept))
    assert isinstance(found, PendingConsent)
    assert (found.account_id, found.state) == ("acme", STATE)
    await console.sign_in()
    assert cookie.read(of_browser(console, **kept)) is None
    assert cookie.read(of_browser(console, **{name: "gAAAAA"})) is None


async def test_an_answer_after_fifteen_minutes_is_refused_even_by_a_browser_that_kept_the_cookie(
    console: Console,
) -> None:
    keep(console, expires_at=datetime.now(UTC) + timedelta(seconds=30))
    assert "more than fifteen minutes" not in await answer_of_xero(console)
    keep(console, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert "more than fifteen minutes" in await answer_of_xero(console)


async def test_a_choice_after_fifteen_minutes_is_refused(console: Console) -> None:
    keep(console, grant_id="g", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    for method in ("GET", "POST"):
        answer = await console.client.request(method, "/connect/acme/organisation")
        assert answer.status_code == 409
        assert "No consent is under way" in answer.text


async def test_a_consent_for_one_account_connects_no_other(console: Console) -> None:
    keep(console, grant_id="g", account_id="another")
    answer = await console.client.post("/connect/acme/organisation", data={"organisation": "t"})
    assert "No consent is under way" in answer.text


async def test_the_cookie_tells_nothing_and_lasts_no_longer_than_the_consent(console: Console) -> None:
    said = keep(console).headers["set-cookie"]
    assert STATE not in said
    assert f"Max-Age={int(LASTS.total_seconds())}" in said
    for part in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert part in said
