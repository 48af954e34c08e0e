"""The import of customers from Xero: a preview with reasons, all or some of them chosen, and how far it is."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from xerosync.core.people import Role
from xerosync.customers.client import customer_import_id
from xerosync.customers.contact_to_customer import ImportOutcome
from xerosync.customers.describe import import_sentence
from xerosync.customers.messages import ImportInput, ImportProgress
from xerosync.documents.describe import contact_link
from xerosync.operations.defaults import connected
from xerosync.services import Services
from xerosync.web.access import needs
from xerosync.web.console.progress import NewestRun, newest_run
from xerosync.web.forms import fields, ticked
from xerosync.web.pages import number_in, render

_SILENT = "Temporal does not answer: how far the import is can't be shown."
_SHOWN = 200
"""Contacts of a page."""

_ORDER = (
    ImportOutcome.SIMILAR,
    ImportOutcome.INVALID,
    ImportOutcome.READY,
    ImportOutcome.IMPORTED,
    ImportOutcome.LINKED,
)
"""Those that a person must look at come first."""


def routes(services: Services) -> Sequence[BaseRoute]:
    """Return the routes of the import."""
    page = ImportPage(services)
    address = "/accounts/{account}/customers/import"
    return [Route(address, page.show), Route(address, page.start, methods=["POST"])]


class ImportPage:
    """Shows the account's newest import, and starts one."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @needs(Role.VIEWER)
    async def show(self, request: Request) -> Response:
        """Show what the newest import or preview found, and how far it is."""
        return await self._page(request)

    @needs(Role.OPERATOR)
    async def start(self, request: Request) -> Response:
        """Start a preview, an import of all, or one of the contacts that were ticked."""
        connection = await connected(self._services, request.path_params["account"])
        form = await fields(request)
        chosen = tuple(await ticked(request, "contact")) if form.get("what") == "chosen" else ()
        if form.get("what") == "chosen" and not chosen:
            return await self._page(request, problem="Tick the contacts to import.")
        started = await self._services.customer_workflows.start_import(
            ImportInput(
                account_id=connection.account_id,
                contact_ids=chosen,
                preview=form.get("what") == "preview",
                as_new=bool(chosen) and "as_new" in form,
            )
        )
        if not started:
            return await self._page(request, problem="Another import of this account is under way: wait for its end.")
        return RedirectResponse(request.url.path, 303)

    async def _page(self, request: Request, *, problem: str | None = None) -> Response:
        connection = await connected(self._services, request.path_params["account"])
        account_id = connection.account_id
        newest = await self._newest(account_id)
        progress = newest.progress
        found = await self._services.imports.outcomes(account_id)
        counts = {outcome: found[outcome] for outcome in _ORDER if outcome in found}
        only = request.query_params.get("outcome")
        first = number_in(request.query_params, "from")
        wanted = {each: count for each, count in counts.items() if only in (None, "", each.value)}
        rows = await self._services.imports.part(account_id, wanted, skip=first, limit=_SHOWN + 1)
        return render(
            request,
            "import.html",
            status_code=409 if problem else 200,
            newest=newest,
            sentence=import_sentence(progress, is_interrupted=newest.is_interrupted) if progress else None,
            counts=counts,
            ready=counts.get(ImportOutcome.READY, 0),
            rows=[(row, contact_link(connection.short_code, row.contact_id)) for row in rows[:_SHOWN]],
            only=only,
            next=first + _SHOWN if len(rows) > _SHOWN else None,
            may_act=request.state.person.may(Role.OPERATOR),
            problem=problem,
        )

    async def _newest(self, account_id: str) -> NewestRun[ImportProgress]:
        """Return how the newest import stands."""
        newest = await newest_run(self._services.temporal, customer_import_id(account_id), ImportProgress)
        if newest.state is None:
            raise HTTPException(503, _SILENT)
        return newest
