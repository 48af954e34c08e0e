"""The comparison of Sequence and Xero: what the last one found, a new one, and the fix of what is safe."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from xerosync.core.people import Role
from xerosync.operations.defaults import connected, the_connection
from xerosync.operations.next_steps import is_fixable
from xerosync.operations.spreadsheet import as_csv
from xerosync.reconcile.client import reconcile_id, start_reconcile
from xerosync.reconcile.findings import Finding, by_severity
from xerosync.reconcile.messages import ReconcileInput, ReconcileResult
from xerosync.services import Services
from xerosync.web.access import needs
from xerosync.web.console.next_steps import page_steps
from xerosync.web.console.progress import newest_run
from xerosync.web.pages import number_in, render

_SHOWN = 100
"""Findings of a page; the CSV has all."""

_COLUMNS = ("kind", "number", "document_id", "verdict", "what", "in_sequence", "in_xero", "why", "since", "next_steps")


def routes(services: Services) -> Sequence[BaseRoute]:
    """Return the routes of the comparison."""
    page = ReconcilePage(services)
    address = "/accounts/{account}/reconcile"
    return [
        Route(address, page.show),
        Route(address, page.start, methods=["POST"]),
        Route(f"{address}/findings.csv", page.csv),
        Route(f"{address}/fix", page.before_fixing),
        Route(f"{address}/fix", page.fix, methods=["POST"]),
    ]


class ReconcilePage:
    """Shows findings and starts comparisons."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @needs(Role.VIEWER)
    async def show(self, request: Request) -> Response:
        """Show what the comparison that ended last found, alarms first."""
        account_id = (await the_connection(self._services, request.path_params["account"])).account_id
        last, found = await self._last(account_id)
        newest = await newest_run(self._services.temporal, reconcile_id(account_id), ReconcileResult)
        first = number_in(request.query_params, "from")
        return render(
            request,
            "reconcile.html",
            last=last,
            newest=newest,
            findings=found[first : first + _SHOWN],
            steps=page_steps,
            count=len(found),
            fixable=sum(is_fixable(each) for each in found),
            next=first + _SHOWN if len(found) > first + _SHOWN else None,
            may_act=request.state.person.may(Role.OPERATOR),
        )

    @needs(Role.OPERATOR)
    async def start(self, request: Request) -> Response:
        """Start a comparison, or join the one that runs."""
        return await self._start(request, fix=False)

    @needs(Role.VIEWER)
    async def csv(self, request: Request) -> Response:
        """Return all findings of the last comparison, a row a difference."""
        account_id = (await the_connection(self._services, request.path_params["account"])).account_id
        _, found = await self._last(account_id)
        text = as_csv(_COLUMNS, [row for each in found for row in _rows(each)])
        headers = {"Content-Disposition": 'attachment; filename="findings.csv"'}
        return Response(text, media_type="text/csv; charset=utf-8", headers=headers)

    @needs(Role.OPERATOR)
    async def before_fixing(self, request: Request) -> Response:
        """Name the documents whose workflows would be sent what they missed."""
        account_id = (await connected(self._services, request.path_params["account"])).account_id
        _, found = await self._last(account_id)
        return render(request, "reconcile_fix.html", findings=[each for each in found if is_fixable(each)])

    @needs(Role.OPERATOR)
    async def fix(self, request: Request) -> Response:
        """Compare again, and send the documents' workflows what they missed."""
        return await self._start(request, fix=True)

    async def _start(self, request: Request, *, fix: bool) -> Response:
        account_id = (await connected(self._services, request.path_params["account"])).account_id
        await start_reconcile(self._services.temporal, ReconcileInput(account_id=account_id, fix=fix))
        return RedirectResponse(f"/accounts/{account_id}/reconcile", 303)

    async def _last(self, account_id: str) -> tuple[ReconcileResult | None, Sequence[Finding]]:
        last = await self._services.reconciles.last(account_id)
        if last is None:
            return None, []
        run_id, result = last
        return result, sorted(await self._services.reconciles.findings(account_id, run_id), key=by_severity)


def _rows(finding: Finding) -> list[Sequence[object]]:
    return [
        (
            finding.kind.value,
            finding.number,
            finding.document_id,
            "fixed" if finding.is_fixed else difference.verdict.value,
            difference.aspect.value,
            difference.in_sequence,
            difference.in_xero,
            finding.why(difference),
            finding.since.isoformat() if finding.since else None,
            "; ".join(step.words for step in page_steps(finding, difference)),
        )
        for difference in finding.differences
    ]
