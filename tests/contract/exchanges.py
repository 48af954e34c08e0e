"""What went over the wire, kept as it was: every request of an httpx client and its answer."""

from dataclasses import dataclass, field

import httpx

from tests.patience import PATIENCE


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. `path` is as sent, percent-encoded, without the query."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: httpx.Headers
    body: bytes
    status: int
    answer_headers: httpx.Headers
    answer: bytes

    def __str__(self) -> str:
        """Name it in a failure."""
        return f"{self.method} {self.path} → {self.status}"


@dataclass
class Recorder:
    """Keeps the exchanges of the clients whose event hooks it is; those without an answer are not exchanges."""

    exchanges: list[Exchange] = field(default_factory=list)

    async def _keep(self, response: httpx.Response) -> None:
        await response.aread()
        request = response.request
        if request.url.path.startswith("/_sandbox/"):
            return  # what people do by hand in Xero is no part of its API
        self.exchanges.append(
            Exchange(
                method=request.method,
                path=request.url.raw_path.partition(b"?")[0].decode(),
                query=tuple(request.url.params.multi_items()),
                headers=request.headers,
                body=request.content,
                status=response.status_code,
                answer_headers=response.headers,
                answer=response.content,
            )
        )

    def client(self, base_url: str = "") -> httpx.AsyncClient:
        """Return a client of which every exchange is kept."""
        return httpx.AsyncClient(
            base_url=base_url, event_hooks={"response": [self._keep]}, trust_env=False, timeout=PATIENCE
        )
