"""The console: what the finance person sees and mends, one file a page. Every route says which role it needs."""

import asyncio
from collections.abc import Sequence

from starlette.routing import BaseRoute

from xerosync.postgres.changes import PostgresChanges
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.web.console import (
    accounts,
    api_keys,
    backfill,
    bulk,
    changes,
    connect,
    customer_import,
    customers,
    document,
    documents,
    overview,
    reconcile,
)
from xerosync.web.console import settings as account_settings


def console_routes(
    services: Services, settings: Settings, store_changes: PostgresChanges, stopping: asyncio.Event
) -> Sequence[BaseRoute]:
    """Return the routes of all pages, which follow changes until `stopping` is set."""
    return [
        *accounts.routes(services),
        *changes.routes(services, store_changes, stopping),
        *overview.routes(services, settings),
        *documents.routes(services),
        *document.routes(services, settings),
        *bulk.routes(services),
        *connect.routes(services, settings),
        *customer_import.routes(services),
        *customers.routes(services),
        *reconcile.routes(services),
        *backfill.routes(services),
        *account_settings.routes(services, settings),
        *api_keys.routes(services),
    ]
