"""The edge as one ASGI application: its routes, and what each request passes before it reaches one.

SecurityHeaders ▸ HostGuard ▸ BodyLimit ▸ /webhooks/…       signed by the two companies
/sign-in …        open
/api/v1/…         closed: a key with a scope (api/keys.py)
/embed/…          closed: a token of that page (embed/)
/codec/decode     closed: a session, asked from the Temporal Web UI (codec_server.py)
everything else   closed: `needs(role)` (access.py)
/healthz /readyz  open, under any name
"""

from asyncio import Event
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from xerosync.core.clock import utc_now
from xerosync.core.gathering import beside
from xerosync.postgres.changes import PostgresChanges
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.web.access import Access
from xerosync.web.api import api_routes
from xerosync.web.codec_server import codec_routes
from xerosync.web.console import console_routes
from xerosync.web.console.addresses import workflow_url
from xerosync.web.embed.pages import embed_routes
from xerosync.web.errors import EXCEPTION_HANDLERS
from xerosync.web.guards import BodyLimit, HostGuard, SecurityHeaders
from xerosync.web.health import health_routes
from xerosync.web.pages import STATIC
from xerosync.web.sign_in import sign_in_routes
from xerosync.web.webhooks.delivery import HintDelivery
from xerosync.web.webhooks.lookups import DatabaseTime, Lookups
from xerosync.web.webhooks.receiver import WebhookReceiver
from xerosync.web.webhooks.signals import TemporalSignals

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def web_app(services: Services, settings: Settings) -> Starlette:
    """Return the application. While it runs it delivers what stands in the inbox, and follows the store.

    Its `state.stopping` is set by whoever serves it, so that answers without an end end.
    """
    signals = TemporalSignals(services.temporal, services.workflows, services.customer_workflows, services.store)
    delivery = HintDelivery(services.inbox, signals, services.store)

    changes, stopping = PostgresChanges(settings.database_url), Event()

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncGenerator[None]:
        async with beside(delivery.run(), "delivery of hints"), beside(changes.run(), "changes of the store"):
            yield

    app = Starlette(
        routes=[
            *health_routes(services),
            *_webhooks(services, settings, delivery),
            Mount("/static", StaticFiles(directory=STATIC)),
            *sign_in_routes(settings),
            *api_routes(services, settings),
            *embed_routes(services, settings),
            *codec_routes(services.codec, settings),
            *console_routes(services, settings, changes, stopping),
        ],
        middleware=[
            Middleware(SecurityHeaders, forms_lead_to=[_site(settings.xero_login_url)], is_https=_is_https(settings)),
            # Whoever probes calls this process by its address.
            Middleware(HostGuard, hosts=hosts_of(settings), besides=("/healthz", "/readyz")),
            Middleware(BodyLimit),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=running,
    )
    # An address is one of ours or none: whoever signs, and whoever reads logs, need not think of two spellings.
    app.router.redirect_slashes = False
    app.state.stopping = stopping
    app.state.workflow_url = partial(workflow_url, settings, services.temporal.namespace)
    app.state.access = Access(services.sessions, settings)
    return app


def hosts_of(settings: Settings) -> Sequence[str]:
    """Return the names that the edge goes by: its public one, and loopback."""
    public = urlsplit(settings.public_url or "").hostname
    return (*_LOOPBACK, public) if public else _LOOPBACK


def _site(url: str) -> str:
    """Return Xero's site. The real one leads people on between hosts of its own while they sign in and consent."""
    parts = urlsplit(url)
    is_real = (parts.hostname or "").endswith(".xero.com")
    return f"{parts.scheme}://{'*.xero.com' if is_real else parts.netloc}"


def _is_https(settings: Settings) -> bool:
    return urlsplit(settings.public_url or "").scheme == "https"


def _webhooks(services: Services, settings: Settings, delivery: HintDelivery) -> Sequence[BaseRoute]:
    database = DatabaseTime()
    receiver = WebhookReceiver(
        services.inbox,
        Lookups(services.webhook_secrets, services.store, database),
        delivery,
        database,
        xero_keys=settings.xero_webhook_keys,
        max_age=settings.webhook_max_age,
        now=utc_now,
    )
    return [
        Route("/webhooks/sequence/{account}", receiver.sequence, methods=["POST"]),
        Route("/webhooks/xero", receiver.xero, methods=["POST"]),
    ]
