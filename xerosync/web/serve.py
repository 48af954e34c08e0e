"""Serves the edge with uvicorn until the process is asked to stop."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncGenerator, Generator

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from xerosync.core.errors import MisconfiguredError
from xerosync.metrics.port import serve_metrics
from xerosync.process import until_stopped
from xerosync.services import open_services
from xerosync.settings import Settings
from xerosync.temporal_runtime import temporal_runtime
from xerosync.traces.opening import open_traces
from xerosync.web.app import web_app
from xerosync.web.forward_auth import PeerNote
from xerosync.web.guards import MOST_HEADER_BYTES, READ_SECONDS
from xerosync.web.health import readiness_of
from xerosync.web.slow_clients import protocol
from xerosync.web.webhooks.outages import noticing_outages

_KEEP_ALIVE_SECONDS = 65
_GRACE_SECONDS = 10
_MOST_AT_ONCE = 1_000

log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then let running requests finish.

    Raises:
        XerosyncError: something it needs is missing or does not answer; the message says what to do.
    """
    runtime = temporal_runtime(settings)
    async with (
        until_stopped() as stopped,
        open_traces(settings.traces_url) as traces,
        open_services(settings, lazy_temporal=True, runtime=runtime, traces=traces) as services,
        serve_metrics(services, settings, readiness_of(services)),
        serving(web_app(services, settings), settings) as url,
        noticing_outages(services),
    ):
        log.info("edge started", url=url, public_url=settings.public_url)
        await stopped.wait()
        log.info("edge stopping", grace_seconds=_GRACE_SECONDS)


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, settings: Settings, *, client_seconds: float = READ_SECONDS) -> AsyncGenerator[str]:
    """Serve an application while the block runs; yield where.

    A client that takes longer than `client_seconds` to send the head of a request, or to read an answer, is cut off.

    Raises:
        MisconfiguredError: the address is not of this machine, or the port is taken.
    """
    listener = _listen(settings.serve_host, settings.serve_port)
    host, port = listener.getsockname()[:2]
    proxies = [str(each) for each in settings.trusted_proxies]
    server = _Server(
        uvicorn.Config(
            PeerNote(ProxyHeadersMiddleware(app, proxies) if proxies else app),  # pyright: ignore[reportArgumentType] - uvicorn's types of ASGI are its own
            http=protocol(client_seconds),
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_MOST_AT_ONCE,
            h11_max_incomplete_event_size=MOST_HEADER_BYTES,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listener]), name="edge")
    try:
        while not server.started and not running.done():
            await asyncio.sleep(0.01)
        if running.done():
            running.result()
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        if isinstance(app, Starlette) and (stopping := getattr(app.state, "stopping", None)):
            stopping.set()
        server.should_exit = True
        await running


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise MisconfiguredError(f"XEROSYNC_SERVE_HOST is {host}, which is no address of this machine.") from None
    # asyncio turns Nagle's algorithm off only where the protocol is named; without it an answer takes 40 ms.
    listener = socket.socket(family, kind, protocol or socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise MisconfiguredError(
                f"Port {port} is taken: stop what uses it, or set XEROSYNC_SERVE_PORT to a free one (0 picks one)."
            ) from None
        raise MisconfiguredError(f"XEROSYNC_SERVE_HOST is {host}: {error.strerror}.") from None
    return listener
