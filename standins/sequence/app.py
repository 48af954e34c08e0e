"""Builds the stand-in: API under `/api`, controls under `/_sandbox`, pages for people, the middlewares.

A request passes the journal, then faults, limits and authentication, before a resource sees it.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from standins.clock import Clock
from standins.controls import shared_controls
from standins.faults import FaultMiddleware
from standins.journal import JournalMiddleware
from standins.origins import OriginMiddleware, Targets
from standins.sequence import (
    accounts,
    aliases,
    applications,
    contacts,
    controls,
    customers,
    documents,
    invoices,
    lines,
    page,
    policies,
)
from standins.sequence.authentication import AuthenticationMiddleware
from standins.sequence.errors import HANDLERS
from standins.sequence.limits import LimitsMiddleware
from standins.sequence.state import Sequence


def create_sequence(
    clock: Clock | None = None, authentication: bool = False, *, targets: Targets | None = None
) -> Starlette:
    """Return a Sequence with one empty account; `app.state.sequence` is its state.

    Webhooks go to `targets`, which are all usual ports of loopback unless given.

    With `authentication` a wrong key is answered 401 and a missing version header 400; without it any
    credentials, or none, will do.
    """
    sequence = Sequence(clock or Clock(), targets or Targets(), authentication=authentication)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        yield
        await sequence.webhooks.close()

    resources = (
        documents,
        lines,
        invoices,
        customers,
        aliases,
        contacts,
        applications,
        policies,
        accounts,
    )
    app = Starlette(
        routes=[
            Mount("/api", routes=[route for resource in resources for route in resource.routes]),
            *controls.routes,
            *shared_controls(sequence.clock, sequence.journal, sequence.faults),
            *page.routes,
        ],
        middleware=[
            Middleware(OriginMiddleware),
            Middleware(JournalMiddleware, state=sequence),
            Middleware(FaultMiddleware, state=sequence),
            Middleware(LimitsMiddleware, state=sequence),
            Middleware(AuthenticationMiddleware, state=sequence),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.state.sequence = sequence
    return app
