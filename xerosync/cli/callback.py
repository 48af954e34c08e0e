"""Where Xero sends a person's browser after consent: a page on this machine that lives for one answer.

Xero takes `http://localhost:PORT/…` as a redirect address and refuses 127.0.0.1, so the address says `localhost`
while the server listens on loopback. An answer that belongs to another question is refused and waiting goes on: it
may come from an old tab, or from somebody who wants us to take their books for ours.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import SecretStr

from xerosync.core.errors import MisconfiguredError
from xerosync.xero.errors import ConsentError
from xerosync.xero.oauth.consent import CALLBACK_PATH, ConsentRequest, StateMismatchError, code_in

PATIENCE = timedelta(minutes=10)

_HOST = "127.0.0.1"
_READ_SECONDS = 10.0
_REQUEST = re.compile(rb"^(?P<method>[A-Z]+) (?P<target>\S+) HTTP/1\.[01]\r\n")
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>xerosync</title>
<body style="font:1.1rem system-ui;max-width:34rem;margin:6rem auto;padding:0 1rem"><h1>{head}</h1><p>{text}</p>"""
_DONE = ("200 OK", "Xero has answered", "You can close this window. The terminal shows what follows.")
_STRANGE = ("400 Bad Request", "Not the answer that was asked for", "Use the address that the terminal shows now.")
_UNKNOWN = ("404 Not Found", "There is nothing here", "You can close this window.")


@dataclass(slots=True)
class Callback:
    """The page, waiting. `redirect_uri` is its address as Xero must know it."""

    redirect_uri: str
    _question: ConsentRequest | None = None
    _answer: asyncio.Future[SecretStr] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def answer_to(self, question: ConsentRequest) -> SecretStr:
        """Wait for the code that answers a question. Raises ConsentError for a no, and after ten minutes."""
        self._question = question
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                return await self._answer
        except TimeoutError:
            raise ConsentError(
                f"No answer came from Xero within {PATIENCE // timedelta(minutes=1)} minutes: connect again."
            ) from None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and take the code if it brings one."""
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_READ_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            page, outcome = self._take(head)
            writer.write(_response(*page))
            await writer.drain()
            if outcome is not None and not self._answer.done():
                if isinstance(outcome, ConsentError):
                    self._answer.set_exception(outcome)
                else:
                    self._answer.set_result(outcome)
        writer.close()

    def _take(self, head: bytes) -> tuple[tuple[str, str, str], SecretStr | ConsentError | None]:
        request = _REQUEST.match(head)
        target = request["target"].decode("ascii", "replace") if request and request["method"] == b"GET" else ""
        if self._question is None or urlsplit(target).path != CALLBACK_PATH:
            return _UNKNOWN, None
        try:
            return _DONE, code_in(target, self._question)
        except StateMismatchError:
            return _STRANGE, None
        except ConsentError as refusal:
            return _DONE, refusal


@contextlib.asynccontextmanager
async def callback(port: int) -> AsyncGenerator[Callback]:
    """Serve the page on a port, or on any that is free for 0.

    Raises:
        MisconfiguredError: the port is taken.
    """
    waiting = Callback(redirect_uri="")
    try:
        server = await asyncio.start_server(waiting.serve, _HOST, port)
    except OSError as error:
        raise MisconfiguredError(
            f"Port {port} is taken: name another one with --port, and http://localhost:PORT{CALLBACK_PATH} at the app "
            "in Xero."
        ) from error
    waiting.redirect_uri = f"http://localhost:{server.sockets[0].getsockname()[1]}{CALLBACK_PATH}"
    try:
        yield waiting
    finally:
        # Not waited for: browsers keep connections open that they never use.
        server.close()


def _response(status: str, head: str, text: str) -> bytes:
    body = _PAGE.format(head=head, text=text).encode()
    lines = (
        f"HTTP/1.1 {status}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        # The address in the browser holds the code.
        "Referrer-Policy: no-referrer",
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
