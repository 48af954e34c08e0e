"""Xero's hosts for a browser: it takes this machine for all of them, and each redirects it as a test says."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Browser

from tests.browser.chromium import open_browser
from tests.store.tls_front import certificate

_PAGE = "<!doctype html><title>There</title><h1>{host}</h1>"


@dataclass
class XeroHosts:
    """One server under every name. `redirects` says by host where it leads on; other hosts answer with their name.

    In an address `{redirect_uri}` and `{state}` stand for what was asked with.
    """

    redirects: dict[str, str] = field(default_factory=dict[str, str])

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and end the connection."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            asked = {name: values[0] for name, values in parse_qs(urlsplit(head.split(" ")[1]).query).items()}
            [host] = [line[6:] for line in head.split("\r\n") if line.lower().startswith("host: ")]
            if host in self.redirects:
                to = self.redirects[host].format_map({"redirect_uri": "", "state": ""} | asked)
                said = f"HTTP/1.1 302 Found\r\nLocation: {to}\r\n\r\n"
            else:
                said = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{_PAGE.format(host=host)}"
            writer.write(said.encode())
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def open_xero_hosts(folder: Path) -> AsyncGenerator[tuple[XeroHosts, Browser]]:
    """Open the hosts, and a browser that finds them on this machine whatever is asked for but `localhost`."""
    hosts, context = XeroHosts(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(folder))
    async with await asyncio.start_server(hosts.answer, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        rules = f"MAP * 127.0.0.1:{port}, EXCLUDE localhost"
        async with open_browser("--ignore-certificate-errors", f"--host-resolver-rules={rules}") as browser:
            yield hosts, browser
