"""The composition root of the Xero stand-in: resources, identity, limits, faults, journal in their order."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from standins.clock import Clock
from standins.controls import shared_controls
from standins.faults import FaultMiddleware
from standins.journal import JournalMiddleware
from standins.origins import OriginMiddleware, Targets
from standins.xero import (
    accounts,
    allocations,
    attachments,
    branding_themes,
    contacts,
    controls,
    credit_notes,
    currencies,
    history,
    identity,
    invoices,
    items,
    organisation,
    page,
    payments,
    tax_rates,
    webhooks,
)
from standins.xero import limits as limits_module
from standins.xero.address import AddressMiddleware
from standins.xero.envelope import refused
from standins.xero.errors import XeroError
from standins.xero.idempotency import IdempotencyMiddleware
from standins.xero.identity import AuthenticationMiddleware
from standins.xero.limits import Limits, LimitsMiddleware
from standins.xero.state import Xero


def create_xero(
    clock: Clock | None = None,
    limits: Limits | None = None,
    authentication: bool = False,
    *,
    seed: int | None = None,
    targets: Targets | None = None,
) -> Starlette:
    """Return an empty Xero with one organisation, "Demo Company (GB)", and `app.state.xero` behind it.

    `limits` is off unless given. With `authentication` tokens, scopes and connections are checked. With `seed` ids
    and the order of batch answers come out the same every time. Webhooks go to `targets`, which are all usual ports of
    loopback unless given.
    """
    xero = Xero(
        clock or Clock(), limits or Limits.off(), targets or Targets(), authentication=authentication, seed=seed
    )
    xero.add_organisation(is_demo=True)
    routes: list[BaseRoute] = [
        *organisation.routes,
        *accounts.routes,
        *contacts.routes,
        *invoices.routes,
        *credit_notes.routes,
        *allocations.routes,
        *payments.routes,
        *currencies.routes,
        *tax_rates.routes,
        *branding_themes.routes,
        *items.routes,
        *history.routes,
        *attachments.routes,
        *identity.routes,
        *shared_controls(xero.clock, xero.journal, xero.faults),
        *limits_module.routes,
        *webhooks.routes,
        *controls.routes,
        *page.routes,
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        yield
        await xero.webhooks.close()

    app = Starlette(
        routes=routes,
        # From the outside in: what a fault breaks off is in the journal, what a limit refuses is not remembered
        middleware=[
            Middleware(OriginMiddleware),
            Middleware(JournalMiddleware, state=xero),
            Middleware(FaultMiddleware, state=xero),
            Middleware(AddressMiddleware),
            Middleware(AuthenticationMiddleware, state=xero),
            Middleware(LimitsMiddleware, state=xero),
            Middleware(IdempotencyMiddleware, state=xero),
        ],
        exception_handlers={XeroError: refused},
        lifespan=lifespan,
    )
    app.state.xero = xero
    return app
