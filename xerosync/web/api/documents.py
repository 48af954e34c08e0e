"""Documents over the API: one, a list by filter, and reports that one changed in Sequence."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from xerosync.core.api_keys import ApiKey
from xerosync.core.base import Message
from xerosync.core.documents import DocumentRef
from xerosync.core.temporal import TemporalUnavailableError
from xerosync.documents.selection import ListPlace
from xerosync.operations.document_data import DocumentData, TimelineData
from xerosync.operations.signals import DocumentSignal, is_known, signal
from xerosync.services import Services
from xerosync.web.api.answers import json_answer
from xerosync.web.console.selection import place_of, selection_of
from xerosync.web.path_params import document_ref
from xerosync.web.webhooks.signals import SIGNAL_SECONDS

FILTERS = ("search", "state", "hold", "kind", "customer", "issued_from", "issued_to", "alarm", "drift", "ignored")
MOST, USUAL = 200, 50


class DocumentAnswer(DocumentData):
    """A document, and what happened to it."""

    timeline: TimelineData


class DocumentList(Message):
    """A page of documents: alarms first, then what changed last. `next` is the `after` of the next page, or null."""

    documents: tuple[DocumentData, ...]
    next: str | None


class SignalTaken(Message):
    """The document's workflow has the signal; it reads in Sequence what is true, so a signal may come twice."""

    document: DocumentRef
    signal: DocumentSignal


class DocumentsApi:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def one(self, request: Request, key: ApiKey) -> Response:
        """Return a document."""
        ref = document_ref(request, key.account_id)
        link = await self._services.store.document(ref)
        if link.updated_at is None:
            raise unknown(ref)
        timeline = await self._services.store.timeline(ref)
        data = DocumentData.of(link)
        return json_answer(DocumentAnswer(**dict(data), timeline=TimelineData.of(timeline)))

    async def list(self, request: Request, key: ApiKey) -> Response:
        """Return a page of a list."""
        asked = request.query_params
        if strange := sorted(set(asked) - {*FILTERS, "limit", "after"}):
            raise HTTPException(400, f"There is no filter {strange[0][:50]}: choose from {', '.join(FILTERS)}.")
        limit = _limit(asked.get("limit"))
        found = await self._services.document_lists.page(
            key.account_id, selection_of(asked), after=place_of(asked), limit=limit + 1
        )
        page = found[:limit]
        place = str(ListPlace.of(page[-1])) if len(found) > limit else None
        return json_answer(DocumentList(documents=tuple(DocumentData.of(link) for link in page), next=place))

    async def signal(self, request: Request, key: ApiKey) -> Response:
        """Report that a document changed in Sequence."""
        ref = document_ref(request, key.account_id)
        name = request.path_params["signal"]
        if name not in list(DocumentSignal):
            raise HTTPException(404, f"There is no such signal: choose one of {', '.join(DocumentSignal)}.")
        if not await is_known(self._services, ref):
            raise unknown(ref)
        what = DocumentSignal(name)
        try:
            async with asyncio.timeout(SIGNAL_SECONDS):
                await signal(self._services, ref, what)
        except TimeoutError:
            raise TemporalUnavailableError(f"Temporal did not take the signal {what} for {ref}.") from None
        return json_answer(SignalTaken(document=ref, signal=what), 202)


def unknown(ref: DocumentRef) -> HTTPException:
    """Return the refusal of a document that the account does not have."""
    return HTTPException(404, f"xerosync knows no {ref}: it learns of a document by its first signal.")


def _limit(asked: str | None) -> int:
    if asked is None:
        return USUAL
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 4 and 1 <= int(asked) <= MOST):  # noqa: PLR2004
        raise HTTPException(400, f"The limit is a number from 1 to {MOST}.")
    return int(asked)
