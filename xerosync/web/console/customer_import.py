"""The import of customers from Xero: a preview with reasons, all or some of them chosen, and how far it is."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCStatusCode

from xerosync.core.people import Role
from xerosync.core.temporal import NO_ANSWER
from xerosync.customers.contact_to_customer import ImportOutcome
from xerosync.customers.describe import import_sentence
from xerosync.customers.messages import ImportInput, ImportProgress
from xerosync.documents.describe import contact_link
from xerosync.operations.defaults import connected
from xerosync.services import Services
from xerosync.web.access import needs
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
        progress = await self._progress(account_id)
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
            progress=progress,
            sentence=import_sentence(progress) if progress else None,
            counts=counts,
            rows=[(row, contact_link(connection.short_code, row.contact_id)) for row in rows[:_SHOWN]],
            only=only,
            next=first + _SHOWN if len(rows) > _SHOWN else None,
            may_act=request.state.person.may(Role.OPERATOR),
            problem=problem,
        )

    async def _progress(self, account_id: str) -> ImportProgress | None:
        """Return how far the newest import is; None where there was none, or no worker answers."""
        handle = self._services.customer_workflows.importing(account_id)
        try:
            found = await handle.describe()
            if found.status is WorkflowExecutionStatus.COMPLETED:
                return await handle.result()
            return await self._services.customer_workflows.import_progress(account_id)
        except NO_ANSWER as error:
            if isinstance(error, RuntimeError) or error.status is RPCStatusCode.UNAVAILABLE:
                raise HTTPException(503, _SILENT) from None
            return None
