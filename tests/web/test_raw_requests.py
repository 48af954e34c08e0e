"""Addresses and lines that no well-made client sends, byte by byte to the whole application behind its server."""

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from tests.web.console import Console, open_console
from tests.web.test_slow_clients import said, status
from xerosync.web.serve import serving


@pytest.fixture
async def console(database_url: str) -> AsyncIterator[Console]:
    async with open_console(database_url, XEROSYNC_SERVE_PORT="0") as console:
        yield console


@pytest.fixture
async def url(console: Console) -> AsyncIterator[str]:
    async with serving(console.app, console.settings) as url:
        yield url


def of_admin(console: Console, target: bytes, method: bytes = b"GET") -> bytes:
    """A request that a signed-in admin sends, and whose connection ends with the answer."""
    session = console.client.cookies[console.access.cookie].encode()
    head = b"Host: localhost\r\nConnection: close\r\nCookie: " + console.access.cookie.encode() + b"=" + session
    return method + b" " + target + b" HTTP/1.1\r\n" + head + b"\r\n\r\n"


TRICKS = [
    (b"//", {404}),
    (b"//evil.example/", {404}),
    (b"//evil.example/sign-in", {404}),
    (b"/\\evil.example/", {404}),
    (b"///static/console.css", {404}),
    (b"/./", {404}),
    (b"/../", {404}),
    (b"/%2e%2e/", {404}),
    (b"/%2e%2e%2fetc%2fpasswd", {404}),
    (b"/static/../pages.py", {404}),
    (b"/static/%2e%2e/pages.py", {404}),
    (b"/static/..%2fpages.py", {404}),
    (b"/static/..%5cpages.py", {404}),
    (b"/static/%252e%252e/pages.py", {404}),
    (b"/static//etc/passwd", {404}),
    (b"/static/%2fetc/passwd", {404}),
    (b"/static/console.css%00", {404}),
    (b"/static/console.css/", {200}),
    (b"/static/console.css.", {404}),
    (b"/static", {404}),
    (b"/static/", {404}),
    (b"/STATIC/console.css", {404}),
    (b"/Accounts", {404}),
    (b"/healthz/", {404}),
    (b"/healthz%00", {404}),
    (b"/healthz%0d%0aX:y", {404}),
    (b"/healthz.", {404}),
    (b"/healthz;x=y", {404}),
    (b"/sign-in/", {404}),
    (b"/webhooks/xero/", {404}),
    (b"/webhooks/%78ero", {405}),
    (b"/connect/%ff%fe", {200, 404}),
    (b"/connect/%c0%ae%c0%ae", {200, 404}),
    (b"/connect/%zz", {200, 404}),
    (b"/connect/a%2fb", {404}),
    (b"/connect/" + b"a" * 20_000, {404}),
    (b"/?" + b"a" * 20_000, {200}),
    (b"/?%00=%ff&&&=;", {200}),
    (b"/sign-in?to=//evil.example&to=%0d%0a", {200}),
    (b"http://evil.example/healthz", {404}),
    (b"*", {404}),
    (b"healthz", {404}),
    (b"/\xff", {400}),
    (b"/a b", {400}),
    (b"/" + b"a" * 40_000, {404}),
]
"""What is asked for, and which answers are right."""


NO_HTTP_OF_OURS = [
    (b"GET /healthz\r\n\r\n", {400}),
    (b"GET /healthz HTTP/1.0\r\n\r\n", {200}),
    (b"GET /sign-in HTTP/1.0\r\n\r\n", {421}),
    (b"GET /sign-in HTTP/1.1\r\nHost: localhost.\r\nConnection: close\r\n\r\n", {421}),
    (b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n x\r\nConnection: close\r\n\r\n", {421}),
    (b"GET /sign-in HTTP/1.1\r\nHost : localhost\r\n\r\n", {400}),
    (b"GET /sign-in HTTP/1.1\nHost: localhost\nConnection: close\n\n", {200, 400}),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {421}),
    (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", {404}),
    (b"POST /webhooks/xero HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", {400}),
    (b"POST /webhooks/xero HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1e3\r\n\r\n", {400}),
    (b"POST /webhooks/xero HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n", {400, 413}),
    (b"POST /webhooks/xero HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", {400, 501}),
    (b"POST /webhooks/xero HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", {400}),
    (b"POST /webhooks/xero HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", {401}),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50 + b"\r\n\r\n", {400}),
]


async def test_a_trick_of_the_address_leads_nowhere(console: Console, url: str) -> None:
    for target, expected in TRICKS:
        with capture_logs() as lines:
            answer = await said(url, of_admin(console, target))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert status(answer) in expected, (target[:60], answer)
        assert b"location:" not in head.lower(), target[:60]
        assert b"Traceback" not in body, target[:60]
        assert b"import " not in body, target[:60]
        assert not [line for line in lines if line["log_level"] == "error"], target[:60]
    # Whatever it was, the next client is served.
    assert status(await said(url, of_admin(console, b"/healthz"))) == 200


async def test_what_is_not_http_as_we_speak_it_is_refused(url: str) -> None:
    for sent, expected in NO_HTTP_OF_OURS:
        with capture_logs() as lines:
            answer = await said(url, sent)
        assert status(answer) in expected, (sent[:60], answer)
        assert b"Traceback" not in answer, sent[:60]
        assert not [line for line in lines if line["log_level"] == "error"], sent[:60]


async def test_a_line_break_in_a_header_or_an_address_reaches_no_answer(console: Console, url: str) -> None:
    session = console.client.cookies[console.access.cookie].encode()
    cookie = b"Cookie: " + console.access.cookie.encode() + b"=" + session
    for target in (
        b"/sign-in?to=/%0d%0aX-Evil:%20yes",
        b"/accounts/a%0d%0aX-Evil:%20yes/documents?x=",
        b"/accounts/acme/documents?search=%0d%0aX-Evil:%20yes&state=",
    ):
        answer = await said(
            url, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + cookie + b"\r\n\r\n"
        )
        head = answer.partition(b"\r\n\r\n")[0]
        assert b"\nx-evil" not in head.lower(), head
