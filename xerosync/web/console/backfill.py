"""The backfill: a sync for every document that exists already, started here, and how far that is."""

from collections.abc import Sequence
from datetime import date

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from xerosync.backfill.client import backfill_id, start_backfill
from xerosync.backfill.messages import BackfillInput, BackfillProgress
from xerosync.core.people import Role
from xerosync.operations.defaults import connected, the_connection
from xerosync.services import Services
from xerosync.web.access import needs
from xerosync.web.console.progress import progress_of
from xerosync.web.forms import fields
from xerosync.web.pages import render


def routes(services: Services) -> Sequence[BaseRoute]:
    """Return the routes of the backfill."""
    page = BackfillConsole(services)
    address = "/accounts/{account}/backfill"
    return [Route(address, page.show), Route(address, page.start, methods=["POST"])]


class BackfillConsole:
    """Shows the account's newest backfill, and starts one."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @needs(Role.VIEWER)
    async def show(self, request: Request) -> Response:
        """Show how far the newest backfill is."""
        return await self._page(request)

    @needs(Role.OPERATOR)
    async def start(self, request: Request) -> Response:
        """Start a backfill, or join the one that runs."""
        account_id = (await connected(self._services, request.path_params["account"])).account_id
        given = (await fields(request)).get("since", "")
        try:
            since = date.fromisoformat(given) if given else None
        except ValueError:
            return await self._page(request, problem="The day must be a date, such as 2026-01-31.")
        await start_backfill(self._services.temporal, BackfillInput(account_id=account_id, since=since))
        return RedirectResponse(request.url.path, 303)

    async def _page(self, request: Request, *, problem: str | None = None) -> Response:
        account_id = (await the_connection(self._services, request.path_params["account"])).account_id
        is_running, progress = await progress_of(self._services.temporal, backfill_id(account_id), BackfillProgress)
        return render(
            request,
            "backfill.html",
            status_code=409 if problem else 200,
            is_running=is_running,
            progress=progress,
            may_act=request.state.person.may(Role.OPERATOR),
            problem=problem,
        )
