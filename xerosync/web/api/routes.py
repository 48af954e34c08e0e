"""The routes of the API, and `GET /api/v1/openapi.json`, which describes them and needs no key."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.web.api.keys import KeyGuard
from xerosync.web.api.openapi import description
from xerosync.web.api.operations import PREFIX, operations


def api_routes(services: Services, settings: Settings) -> Sequence[BaseRoute]:
    """Return all routes of the API."""
    guard = KeyGuard(services.api_keys)
    offered = operations(services, settings)
    described = description(offered, settings.public_url or "")

    async def openapi(_: Request) -> Response:
        return JSONResponse(described)

    return [
        Route(f"{PREFIX}/openapi.json", openapi),
        *(Route(PREFIX + each.path, guard.needs(each.scope, each.handler), methods=[each.method]) for each in offered),
    ]
