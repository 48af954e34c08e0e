"""The documents of an account: a list with filters in its address, page by page."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from xerosync.bulk.messages import BulkAct
from xerosync.core.documents import Kind
from xerosync.core.holds import HoldReason
from xerosync.core.people import Role
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import ListPlace
from xerosync.operations.ignoring import LONGEST_REASON
from xerosync.services import Services
from xerosync.web.access import needs
from xerosync.web.console.amounts import amount_lines
from xerosync.web.console.csv_export import csv_of
from xerosync.web.console.selection import filter_fields, place_of, query_of, selection_of
from xerosync.web.pages import render

_PAGE = 50
_COUNTED = 100_000
"""Documents that are counted and added up; a person who sees more narrows the filter."""


def routes(services: Services) -> Sequence[BaseRoute]:
    """Return the routes of the list."""
    page = DocumentsPage(services)
    return [Route("/accounts/{account}/documents", page.show), Route("/accounts/{account}/documents.csv", page.csv)]


class DocumentsPage:
    """Lists documents."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @needs(Role.VIEWER)
    async def show(self, request: Request) -> Response:
        """Show a page of the documents that a filter lets through."""
        account_id = request.path_params["account"]
        selection, after = selection_of(request.query_params), place_of(request.query_params)
        address = request.url.path + query_of(selection, after)
        is_partial = bool(request.headers.get("hx-request"))
        if not is_partial and any(value == "" for value in request.query_params.values()):
            # A form sends the filters that are not set, too.
            return RedirectResponse(address, 303)
        lists = self._services.document_lists
        found = await lists.page(account_id, selection, after=after, limit=_PAGE + 1)
        totals = await lists.totals(account_id, selection, _COUNTED + 1)
        counted = sum(total.documents for total in totals)
        page = render(
            request,
            "documents.html",
            selection=selection,
            links=found[:_PAGE],
            counted=f"more than {_COUNTED:,}" if counted > _COUNTED else f"{counted:,}",
            is_one=counted == 1,
            amounts=amount_lines(totals) if counted <= _COUNTED else [],
            is_filtered=bool(query_of(selection)),
            bulk=filter_fields(selection) if found and request.state.person.may(Role.OPERATOR) else None,
            bulk_acts=list(BulkAct),
            longest_reason=LONGEST_REASON,
            csv=f"{request.url.path}.csv{query_of(selection)}",
            is_first=after is None,
            first=request.url.path + query_of(selection),
            next=request.url.path + query_of(selection, ListPlace.of(found[_PAGE - 1])) if found[_PAGE:] else None,
            states=list(SyncState),
            holds=list(HoldReason),
            kinds=list(Kind),
        )
        if is_partial:
            page.headers["HX-Push-Url"] = address
        return page

    @needs(Role.VIEWER)
    async def csv(self, request: Request) -> Response:
        """Send all documents that a filter lets through, as they are now."""
        account_id, selection = request.path_params["account"], selection_of(request.query_params)
        pages = self._services.document_lists.all_pages(account_id, selection)
        return StreamingResponse(
            csv_of(pages),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="documents.csv"'},
        )
