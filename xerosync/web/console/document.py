"""One document: where it stands, both sides, what can be done next, and all that happened to it."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.people import Role
from xerosync.documents.describe import sentence
from xerosync.documents.link import DocumentLink
from xerosync.documents.sides import sides_of
from xerosync.documents.timeline_text import cause_words, line
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.web.access import needs
from xerosync.web.console.addresses import elsewhere
from xerosync.web.pages import render

ADDRESS = "/accounts/{account}/documents/{kind}/{document}"


def routes(services: Services, settings: Settings) -> Sequence[BaseRoute]:
    """Return the routes of a document's page."""
    page = DocumentPage(services, settings)
    return [Route(ADDRESS, page.show)]


class DocumentPage:
    """Shows one document."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services = services
        self._settings = settings

    @needs(Role.VIEWER)
    async def show(self, request: Request) -> Response:
        """Show where the document stands."""
        return await self._page(request, await known_document(self._services, request))

    async def _page(self, request: Request, link: DocumentLink) -> Response:
        timeline = await self._services.store.timeline(link.ref)
        hold = link.current_hold
        return render(
            request,
            "document.html",
            link=link,
            hold=hold,
            sentence=sentence(link.ref, link.known),
            sides=sides_of(link),
            elsewhere=elsewhere(link, self._settings, self._services.temporal.namespace),
            timeline=[(entry, line(entry), cause_words(entry.cause)) for entry in reversed(timeline.told)],
            entries_in_all=timeline.in_all,
        )


async def known_document(services: Services, request: Request) -> DocumentLink:
    """Return what is known of the document that an address names. Raises HTTPException 404 where nothing is."""
    path = request.path_params
    if path["kind"] not in set(Kind):
        raise HTTPException(404, "There is no such page.")
    ref = DocumentRef(account_id=path["account"], kind=Kind(path["kind"]), document_id=path["document"])
    link = await services.store.document(ref)
    if link.updated_at is None:
        raise HTTPException(404, "No such document is known here: was it finalized in Sequence?")
    return link
