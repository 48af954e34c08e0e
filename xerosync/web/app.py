"""The edge as one ASGI application: its routes, and what each request passes before it reaches one.

HostGuard ▸ SecurityHeaders ▸ /webhooks/…
/healthz, /readyz stand before them: whoever probes calls this process by its address.
"""

from asyncio import CancelledError, create_task
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from xerosync.core.errors import RetryLaterError
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.web.guards import HostGuard, SecurityHeaders
from xerosync.web.health import Readiness, healthz
from xerosync.web.webhooks.delivery import HintDelivery
from xerosync.web.webhooks.receiver import WebhookReceiver
from xerosync.web.webhooks.signals import TemporalSignals

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

log = structlog.get_logger()


def web_app(services: Services, settings: Settings) -> Starlette:
    """Return the application. While it runs it delivers what stands in the inbox."""
    signals = TemporalSignals(services.temporal, services.workflows, services.customer_workflows, services.store)
    delivery = HintDelivery(services.inbox, signals)
    webhooks = WebhookReceiver(
        services.inbox,
        services.webhook_secrets,
        services.store,
        delivery,
        xero_keys=settings.xero_webhook_keys,
        max_age=settings.webhook_max_age,
        now=lambda: datetime.now(UTC),
    )
    readiness = Readiness(database=services.check_database, temporal=services.temporal.service_client.check_health)

    @asynccontextmanager
    async def delivering(_: Starlette) -> AsyncGenerator[None]:
        task = create_task(delivery.run(), name="delivery of hints")
        try:
            yield
        finally:
            task.cancel()
            with suppress(CancelledError):
                await task

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readiness.readyz),
            Route("/webhooks/sequence/{account}", webhooks.sequence, methods=["POST"]),
            Route("/webhooks/xero", webhooks.xero, methods=["POST"]),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            # Whoever probes calls this process by its address.
            Middleware(HostGuard, hosts=hosts_of(settings), besides=("/healthz", "/readyz")),
        ],
        exception_handlers=_EXCEPTION_HANDLERS,
        lifespan=delivering,
    )


def hosts_of(settings: Settings) -> Sequence[str]:
    """Return the names that the edge goes by: its public one, and loopback."""
    public = urlsplit(settings.public_url or "").hostname
    return (*_LOOPBACK, public) if public else _LOOPBACK


async def _refuse(_: Request, error: HTTPException) -> Response:
    return PlainTextResponse(f"{error.detail}\n", error.status_code, headers=error.headers)


async def _retry_later(_: Request, error: RetryLaterError) -> Response:
    log.warning("request not served", reason=str(error))
    return PlainTextResponse(f"{error}\n", 503, headers={"Retry-After": "10"})


_EXCEPTION_HANDLERS: Mapping[Any, Any] = {HTTPException: _refuse, RetryLaterError: _retry_later}
