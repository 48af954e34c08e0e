"""`/healthz` and `/readyz` of the edge, beside its other routes: `xerosync/readiness.py` says what they mean.

Ready means that deliveries are kept. Without Temporal they wait in the inbox, so that is said in the body and does not
take the edge out of a load balancer.
"""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from xerosync.readiness import Readiness
from xerosync.services import Services
from xerosync.small_http import Reader


def readiness_of(services: Services) -> Readiness:
    """Return what the edge rests on."""
    temporal = services.temporal.service_client.check_health
    return Readiness(database=services.check_database, temporal=temporal, needs_temporal=False)


def health_routes(services: Services) -> Sequence[BaseRoute]:
    """Return the routes of both probes."""
    return [Route(path, _route(page)) for path, page in readiness_of(services).pages().items()]


def _route(read: Reader) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        page = await read()
        return Response(page.body, page.status, media_type=page.content_type)

    return answer
