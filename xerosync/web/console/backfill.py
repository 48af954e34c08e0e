"""The backfill: what it would make of each document that exists already, and its start."""

from collections.abc import AsyncGenerator, Sequence
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from xerosync.backfill.client import backfill_id, preview_id, start_backfill, start_preview
from xerosync.backfill.messages import BackfillInput, BackfillProgress, PreviewInput, PreviewProgress
from xerosync.backfill.report import COLUMNS, BackfillResult, cells
from xerosync.core.people import Role
from xerosync.operations.defaults import connected, the_connection
from xerosync.operations.spreadsheet import as_csv, csv_lines
from xerosync.services import Services
from xerosync.web.access import needs
from xerosync.web.console.next_steps import row_steps
from xerosync.web.console.progress import newest_run
from xerosync.web.forms import fields
from xerosync.web.pages import render

_SHOWN = 100
"""Documents of a page; the CSV has all."""

_LONGEST = 210


def routes(services: Services) -> Sequence[BaseRoute]:
    """Return the routes of the backfill."""
    page = BackfillConsole(services)
    address = "/accounts/{account}/backfill"
    return [
        Route(address, page.show),
        Route(address, page.start, methods=["POST"]),
        Route(f"{address}/start", page.before_starting),
        Route(f"{address}/preview", page.preview, methods=["POST"]),
        Route(f"{address}/preview.csv", page.csv),
    ]


class BackfillConsole:
    """Shows the account's newest preview and backfill, and starts them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @needs(Role.VIEWER)
    async def show(self, request: Request) -> Response:
        """Show how far the newest backfill and the newest preview are, and what the preview found."""
        return await self._page(request)

    @needs(Role.OPERATOR)
    async def preview(self, request: Request) -> Response:
        """Start a preview, or join the one that runs. It changes nothing."""
        account_id = (await the_connection(self._services, request.path_params["account"])).account_id
        try:
            since = _day((await fields(request)).get("since", ""))
        except ValueError as mistake:
            return await self._page(request, problem=str(mistake))
        await start_preview(self._services.temporal, PreviewInput(account_id=account_id, since=since))
        return RedirectResponse(f"/accounts/{account_id}/backfill", 303)

    @needs(Role.OPERATOR)
    async def before_starting(self, request: Request) -> Response:
        """Say what a backfill would do, by the newest preview, and ask whether it shall."""
        account_id = (await connected(self._services, request.path_params["account"])).account_id
        try:
            since = _day(request.query_params.get("since", ""))
        except ValueError as mistake:
            return await self._page(request, problem=str(mistake))
        last = await self._services.backfill_previews.last(account_id)
        is_of_this = last is not None and last.since == since and last.ended_at is not None
        return render(
            request,
            "backfill_start.html",
            since=since,
            last=last if is_of_this else None,
            counts=await self._services.backfill_previews.counts(account_id) if is_of_this else {},
        )

    @needs(Role.OPERATOR)
    async def start(self, request: Request) -> Response:
        """Start a backfill, or join the one that runs."""
        account_id = (await connected(self._services, request.path_params["account"])).account_id
        try:
            since = _day((await fields(request)).get("since", ""))
        except ValueError as mistake:
            return await self._page(request, problem=str(mistake))
        await start_backfill(self._services.temporal, BackfillInput(account_id=account_id, since=since))
        return RedirectResponse(request.url.path, 303)

    @needs(Role.VIEWER)
    async def csv(self, request: Request) -> Response:
        """Send all rows of the newest preview."""
        account_id = (await the_connection(self._services, request.path_params["account"])).account_id
        return StreamingResponse(
            self._lines(account_id),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="backfill-preview.csv"'},
        )

    async def _lines(self, account_id: str) -> AsyncGenerator[str]:
        yield as_csv(COLUMNS, ())
        async for rows in self._services.backfill_previews.all_pages(account_id):
            yield csv_lines(cells(each) for each in rows)

    async def _page(self, request: Request, *, problem: str | None = None) -> Response:
        account_id = (await the_connection(self._services, request.path_params["account"])).account_id
        temporal, previews, query = self._services.temporal, self._services.backfill_previews, request.query_params
        newest = await newest_run(temporal, backfill_id(account_id), BackfillProgress)
        looking = await newest_run(temporal, preview_id(account_id), PreviewProgress)
        after = query.get("after", "")
        if len(after) > _LONGEST or not after.isprintable():
            raise HTTPException(400, "The address names no place in the list: begin with the first page.")
        counts = await previews.counts(account_id)
        became = _chosen(query.get("became"), list(counts))
        found = await previews.rows(account_id, became, after=after, limit=_SHOWN + 1) if became else []
        rows = found[:_SHOWN]
        return render(
            request,
            "backfill.html",
            status_code=409 if problem else 200,
            newest=newest,
            looking=looking,
            last=await previews.last(account_id),
            counts={each: counts[each] for each in BackfillResult if each in counts},
            holds=await previews.holds(account_id),
            became=became,
            rows=[(row, row_steps(account_id, row)) for row in rows],
            next=f"{rows[-1].kind}/{rows[-1].document_id}" if len(found) > _SHOWN else None,
            may_act=request.state.person.may(Role.OPERATOR),
            problem=problem,
        )


def _chosen(asked: str | None, there: Sequence[BackfillResult]) -> BackfillResult | None:
    """Return the result whose documents are listed: that which is asked for, else those that a person must look at."""
    if asked in set(there):
        return BackfillResult(asked)
    first = (BackfillResult.WOULD_HOLD, BackfillResult.ON_HOLD, BackfillResult.UNREADABLE)
    return next((each for each in first if each in there), None)


def _day(given: str) -> date | None:
    """Return the day that a form holds, None where it holds none. Raises ValueError where it is no date."""
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise ValueError("The day must be a date, such as 2026-01-31.") from None
