"""The process's HTTP client, with a span for each call: method and fixed words of the path, never an id or a query."""

from typing import Any

import httpx

from xerosync.metrics.counts import System, operation_of
from xerosync.traces.spans import span


class TracedClient(httpx.AsyncClient):
    """A client that records its calls. `systems` says, by the beginning of an address, who is called."""

    def __init__(self, systems: dict[str, System], **options: Any) -> None:
        super().__init__(**options)
        self._systems = sorted(systems.items(), key=lambda each: len(each[0]), reverse=True)

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request as httpx does; note the status of its answer."""
        name, system = self._called(request)
        with span(name, system=system) as recorded:
            response = await super().send(request, **options)
            recorded.note("http.response.status_code", response.status_code)
            return response

    def _called(self, request: httpx.Request) -> tuple[str, str]:
        address = str(request.url.copy_with(query=None, fragment=None))
        for begin, system in self._systems:
            if address.startswith(begin):
                return operation_of(request.method, address.removeprefix(begin)), system
        return request.method, "other"
