"""One act on many documents: the frozen list to confirm, how far it is, and what became of each document."""

from collections.abc import AsyncGenerator, Mapping, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from xerosync.bulk.client import bulk_workflow_id
from xerosync.bulk.messages import BulkAct, BulkOutcome, BulkRecord, FrozenDocument
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.people import Role
from xerosync.core.temporal import TemporalUnavailableError
from xerosync.documents.link import DocumentLink
from xerosync.operations.bulk import AlreadyConfirmedError, ask_for, confirm, go_on, is_interrupted, stop
from xerosync.operations.defaults import the_connection
from xerosync.operations.spreadsheet import as_csv, csv_lines
from xerosync.services import Services
from xerosync.web.access import needs
from xerosync.web.console.selection import filter_fields, query_of, selection_of
from xerosync.web.forms import fields
from xerosync.web.pages import number_in, render

_SHOWN = 100
"""Documents of a page; the CSV has all."""

_CSV_PAGE = 1000
_COLUMNS = (
    "place", "kind", "number", "id", "customer", "state when listed", "hold when listed", "result", "words",
    "done (UTC)", "state now", "hold now",
)  # fmt: skip


def routes(services: Services) -> Sequence[BaseRoute]:
    """Return the routes of acts on many documents."""
    page = BulkPage(services)
    address = "/accounts/{account}/bulk"
    return [
        Route(address, page.list),
        Route(address, page.ask, methods=["POST"]),
        Route(f"{address}/{{bulk}}", page.show),
        Route(f"{address}/{{bulk}}/documents.csv", page.csv),
        Route(f"{address}/{{bulk}}/confirm", page.confirm, methods=["POST"]),
        Route(f"{address}/{{bulk}}/go-on", page.go_on, methods=["POST"]),
        Route(f"{address}/{{bulk}}/stop", page.stop, methods=["POST"]),
        Route(f"{address}/{{bulk}}/discard", page.discard, methods=["POST"]),
    ]


class BulkPage:
    """Asks for acts on many documents, confirms them and shows what became of them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @needs(Role.VIEWER)
    async def list(self, request: Request) -> Response:
        """Show the last acts of an account."""
        account_id = request.path_params["account"]
        records = await self._services.bulk_acts.last(account_id)
        return render(request, "bulk_acts.html", rows=[(each, await self._is_interrupted(each)) for each in records])

    @needs(Role.OPERATOR)
    async def ask(self, request: Request) -> Response:
        """Freeze the documents that a filter lets through and an act concerns; nothing is done to them."""
        account_id = (await the_connection(self._services, request.path_params["account"])).account_id
        form = await fields(request)
        if form.get("act") not in set(BulkAct):
            raise HTTPException(400, f"Say what to do: one of {', '.join(BulkAct)}.")
        record = await ask_for(
            self._services, account_id, selection_of(form), BulkAct(form["act"]), form.get("because", "")
        )
        return RedirectResponse(_address(record), 303)

    @needs(Role.VIEWER)
    async def show(self, request: Request) -> Response:
        """Show the list to confirm, or how far the act is and what became of each document."""
        return await self._page(request, await self._record(request))

    @needs(Role.VIEWER)
    async def csv(self, request: Request) -> Response:
        """Send all documents of an act with their results."""
        return StreamingResponse(
            self._lines(await self._record(request)),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="bulk-act.csv"'},
        )

    @needs(Role.OPERATOR)
    async def confirm(self, request: Request) -> Response:
        """Have it done to the documents that were listed."""
        account_id, bulk_id = request.path_params["account"], request.path_params["bulk"]
        try:
            record = await confirm(self._services, account_id, bulk_id)
        except AlreadyConfirmedError as refusal:
            return await self._page(request, await self._record(request), problem=str(refusal))
        return RedirectResponse(_address(record), 303)

    @needs(Role.OPERATOR)
    async def stop(self, request: Request) -> Response:
        """Leave the documents alone whose turn has not come."""
        record = await self._record(request)
        await stop(self._services, record.account_id, record.bulk_id)
        return RedirectResponse(_address(record), 303)

    @needs(Role.OPERATOR)
    async def go_on(self, request: Request) -> Response:
        """Have the rest of an interrupted act done."""
        record = await self._record(request)
        await go_on(self._services, record.account_id, record.bulk_id)
        return RedirectResponse(_address(record), 303)

    @needs(Role.OPERATOR)
    async def discard(self, request: Request) -> Response:
        """Drop a list that nobody confirmed."""
        record = await self._record(request)
        await self._services.bulk_acts.discard(record.account_id, record.bulk_id)
        return RedirectResponse(f"/accounts/{record.account_id}/documents{query_of(record.selection)}", 303)

    async def _record(self, request: Request) -> BulkRecord:
        return await self._services.bulk_acts.get(request.path_params["account"], request.path_params["bulk"])

    async def _page(self, request: Request, record: BulkRecord, *, problem: str | None = None) -> Response:
        query = request.query_params
        outcome = BulkOutcome(query["outcome"]) if query.get("outcome") in set(BulkOutcome) else None
        found = await self._services.bulk_acts.documents(
            record.account_id, record.bulk_id, outcome=outcome, after=number_in(query, "after"), limit=_SHOWN + 1
        )
        shown = found[:_SHOWN]
        counts = await self._services.bulk_acts.outcomes(record.bulk_id)
        links = await self._links(record.account_id, shown)
        return render(
            request,
            "bulk.html",
            status_code=409 if problem else 200,
            record=record,
            workflow_id=bulk_workflow_id(record.account_id, record.bulk_id),
            address=_address(record),
            filters=filter_fields(record.selection),
            query=query_of(record.selection),
            counts={each: counts[each] for each in BulkOutcome if counts.get(each)},
            done=sum(count for each, count in counts.items() if each not in (BulkOutcome.PENDING, BulkOutcome.BEGUN)),
            outcome=outcome,
            rows=[(each, links[each.ref]) for each in shown],
            next=shown[-1].place if len(found) > _SHOWN else None,
            is_interrupted=await self._is_interrupted(record),
            may_act=request.state.person.may(Role.OPERATOR),
            problem=problem,
        )

    async def _is_interrupted(self, record: BulkRecord) -> bool | None:
        """Whether an act is under way, and nobody does the rest; None where Temporal does not say."""
        try:
            return await is_interrupted(self._services, record)
        except TemporalUnavailableError:
            return None

    async def _links(self, account_id: str, frozen: Sequence[FrozenDocument]) -> Mapping[DocumentRef, DocumentLink]:
        """Return how documents stand now."""
        links: dict[DocumentRef, DocumentLink] = {}
        for kind in Kind:
            ids = [each.ref.document_id for each in frozen if each.ref.kind is kind]
            found = await self._services.store.document_links(account_id, kind, ids) if ids else {}
            links |= {link.ref: link for link in found.values()}
        return links

    async def _lines(self, record: BulkRecord) -> AsyncGenerator[str]:
        yield as_csv(_COLUMNS, ())
        after = 0
        while page := await self._services.bulk_acts.documents(
            record.account_id, record.bulk_id, after=after, limit=_CSV_PAGE
        ):
            links = await self._links(record.account_id, page)
            yield csv_lines(_row(each, links[each.ref]) for each in page)
            after = page[-1].place


def _address(record: BulkRecord) -> str:
    return f"/accounts/{record.account_id}/bulk/{record.bulk_id}"


def _row(frozen: FrozenDocument, now: DocumentLink) -> Sequence[object]:
    hold = now.current_hold
    return (
        frozen.place, frozen.ref.kind.value, now.number, frozen.ref.document_id, now.customer_name, frozen.state.value,
        frozen.hold.value if frozen.hold else None, frozen.outcome.value, frozen.words,
        f"{frozen.done_at:%Y-%m-%d %H:%M:%S}" if frozen.done_at else None, now.state.value,
        hold.reason.value if hold else None,
    )  # fmt: skip
