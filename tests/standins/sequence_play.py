"""What the tests of the Sequence stand-in share: a served stand-in and short words for common requests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from standins.sequence import Sequence, create_sequence
from standins.serving import serve
from tests.patience import PATIENCE

ADDRESS = {"line1": "1 High Street", "town": "London", "postcode": "E1 6AN", "country": "GB"}
CONTACT = {"name": "Ann", "email": "ann@example.com", "billingPreference": "PRIMARY"}
CUSTOMER = {"legalName": "Acme Ltd", "address": ADDRESS, "taxStatus": "TAXED", "contacts": [CONTACT]}
LINE = {"title": "Seats", "quantity": "2", "rate": "20000.10", "taxRate": "0.2", "externalIds": []}


class Play:
    """One stand-in, its state, and a client of its API."""

    def __init__(self, sequence: Sequence, url: str, client: httpx.AsyncClient) -> None:
        self.sequence = sequence
        self.url = url
        self.client = client

    def begin_anew(self) -> None:
        """Forget everything: tests that share a server start from nothing."""
        self.sequence.reset()
        self.sequence.clock.reset()
        self.sequence.faults.clear()
        self.sequence.journal.clear()

    async def get(self, path: str, expect: int = 200, **query: Any) -> Any:
        return self._checked(await self.client.get(f"/api{path}", params=query), expect)

    async def post(self, path: str, body: Any = None, expect: int | None = None) -> Any:
        answer = await self.client.post(f"/api{path}", json=body)
        return self._checked(answer, *([expect] if expect else [200, 201]))

    async def put(self, path: str, body: Any, expect: int = 200) -> Any:
        return self._checked(await self.client.put(f"/api{path}", json=body), expect)

    async def patch(self, path: str, body: Any, expect: int = 200) -> Any:
        return self._checked(await self.client.patch(f"/api{path}", json=body), expect)

    async def delete(self, path: str, expect: int = 200) -> Any:
        return self._checked(await self.client.delete(f"/api{path}"), expect)

    async def sandbox(self, path: str, body: Any = None, expect: int = 200) -> Any:
        answer = await self.client.post(f"/_sandbox{path}", json=body)
        return self._checked(answer, expect)

    async def customer(self, **changes: Any) -> str:
        return (await self.post("/customers", CUSTOMER | changes))["id"]

    async def invoice(self, *lines: dict[str, Any], **changes: Any) -> str:
        return await self._document("/invoices", lines, changes)

    async def credit_note(self, *lines: dict[str, Any], **changes: Any) -> str:
        return await self._document("/credit-notes", lines, changes)

    async def everything(self, path: str, limit: int = 100, **query: Any) -> list[Any]:
        """Return all items of a list, page after page."""
        found: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(path, limit=limit, **query, **cursor)
            found += page["items"]
            if "after" not in page["pagination"]:
                return found
            cursor = {"after": page["pagination"]["after"]}

    async def _document(self, path: str, lines: tuple[dict[str, Any], ...], changes: dict[str, Any]) -> str:
        body = {"currency": "GBP"} | changes
        if "customerId" not in body:
            body["customerId"] = await self.customer()
        made = (await self.post(path, body))["id"]
        of_note = {"creditNoteId": made} if path == "/credit-notes" else {}
        for line in lines:
            await self.post(f"{path}/{made}/line-items", {"externalIds": []} | of_note | line)
        return made

    @staticmethod
    def _checked(answer: httpx.Response, *expected: int) -> Any:
        assert answer.status_code in expected, answer.text
        return answer.json() if answer.content else None


@asynccontextmanager
async def playing(**options: Any) -> AsyncIterator[Play]:
    """Serve a fresh stand-in for the length of the block."""
    app = create_sequence(**options)
    async with (
        serve(app) as served,
        httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=PATIENCE) as client,
    ):
        yield Play(app.state.sequence, served.url, client)
