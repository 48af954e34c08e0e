"""Every route of the application, found in its router, is asked what nobody of good will asks."""

import html
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.store.samples import connection, document, ref
from tests.web.any_request import ACCOUNT, any_request, assert_well_answered
from tests.web.console import Console, open_console
from tests.web.identity_provider import CLIENT
from tests.web.test_rights import Way, ways
from xerosync.core.api_keys import Scope

ANY_NAME = {"/healthz", "/readyz"}
"""What answers to any name: whoever probes calls a process by its address."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "X" * 300)


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(
        database_url, XEROSYNC_OIDC_ISSUER="http://127.0.0.1:9", XEROSYNC_OIDC_CLIENT_ID=CLIENT
    ) as console:
        # So an answer that streams what changes ends at once.
        console.app.state.stopping.set()
        await console.services.store.save_connection(connection(ACCOUNT, "tenant-1"))
        of = ref("x")
        await console.services.store.change(of, lambda link: link.read(document(of, number="INV-1")))
        yield console


@settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data(), who=st.sampled_from(["admin", "key", "nobody"]))
async def test_no_route_answers_a_fault_whatever_it_is_asked(console: Console, data: st.DataObject, who: str) -> None:
    asked = data.draw(any_request(list(ways(console.app))))
    console.client.cookies.clear()
    headers = list(asked.headers)
    if who == "admin":
        await console.sign_in()
    if who == "key":
        _, secret = await console.services.api_keys.make(ACCOUNT, "billing", list(Scope), "Ada")
        headers = [("Authorization", f"Bearer {secret}".encode())]
    with capture_logs() as lines:
        answer = await console.client.request(asked.way.method, asked.address, content=asked.body, headers=headers)
    assert_well_answered(asked, answer, elsewhere=("127.0.0.1", "login.xero.com"))
    is_sent_on = "hx-redirect" in answer.headers
    if asked.way.role is not None and answer.status_code >= 400 and not is_sent_on:
        assert_told_in_words(asked.way, answer)
    assert not [line for line in lines if line["event"] == "request failed"]


def assert_told_in_words(way: Way, answer: httpx.Response) -> None:
    """Check that a refusal is words for a person: in the page, or in one line where no page was asked for."""
    if "text/html" in answer.headers["content-type"]:
        alerts = re.findall(r'role="alert"[^>]*>(.*?)</(?:p|div)>', answer.text, re.DOTALL)
        told = [html.unescape(re.sub(r"<[^>]*>", "", each)) for each in alerts]
    else:
        told = [answer.text]
    assert any(_SENTENCE.match(" ".join(each.split())) for each in told), (way, told)


_SENTENCE = re.compile(r"[A-Z`0-9].{8,}[.?:]( |$)")


async def test_a_request_for_another_host_reaches_no_route(console: Console) -> None:
    for way in ways(console.app):
        answer = await console.client.request(way.method, way.address, headers={"Host": "evil.example"})
        assert (answer.status_code == 421) is (way.path not in ANY_NAME), way


async def test_a_method_that_a_route_does_not_name_is_405_and_changes_nothing(console: Console) -> None:
    offered: dict[str, set[str]] = {}
    for way in ways(console.app):
        offered.setdefault(way.address, set()).update({way.method, "HEAD"} if way.method == "GET" else {way.method})
    for address, methods in offered.items():
        for method in METHODS:
            if method not in methods and address != "/static":
                answer = await console.client.request(method, address)
                assert answer.status_code == 405, (method, address, answer.text)
                assert set(answer.headers["allow"].split(", ")) <= methods, (method, address)


async def test_while_temporal_and_both_companies_are_away_each_route_says_so(console: Console) -> None:
    for way in ways(console.app):
        await console.sign_in()
        with capture_logs() as lines:
            answer = await console.client.request(way.method, way.address)
        assert answer.status_code < 500 or answer.status_code == 503, (way, answer.text)
        if way.role is not None and answer.status_code >= 400:
            assert_told_in_words(way, answer)
        assert not [line for line in lines if line["event"] == "request failed"], way
