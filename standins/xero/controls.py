"""`/_sandbox/…`: `actions` over HTTP, and the organisations themselves.

A document is named by id or number, a contact by ContactID or ContactNumber, an account by code. The organisation
comes from `?tenant=…` or the xero-tenant-id header; it may be left out while there is only one. Every action answers
the record as it is then; what can't be done is answered 400 `{"error": …}`.

    GET  /_sandbox/organisations
    POST /_sandbox/organisations              {name, base_currency?, currencies?, short_code?, time_zone?}
    POST /_sandbox/{Invoices|CreditNotes}/{id}/sent      {sent?: true, stamped?}
                                               …/dates   {date?, due_date?}
                                               …/pay     {amount?: all that is due, account?, date?: today}
                                               …/approve, …/void, …/delete
    POST /_sandbox/Contacts/{id}/archive      {archived?: true}
    POST /_sandbox/Contacts/{id}/merge        {into: ContactID}
    POST /_sandbox/Accounts/{code}/archive    {archived?: true}
    POST /_sandbox/lock-dates                 {period_lock_date?, end_of_year_lock_date?}; null lifts one
    POST /_sandbox/currencies                 {currencies: ["EUR", …]}
    GET, POST /_sandbox/settings              see `state.Settings`
    POST /_sandbox/demo-reset                 {keep_tenant?: false}; answers the Demo Company as it is then
    POST /_sandbox/reset                      empties all books, the journal and the faults
    GET  /_sandbox/snapshot                   all books as one JSON document
    POST /_sandbox/load                       such a document, in the place of all books
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.controls import ControlError, control, control_body
from standins.exactjson import ExactJSONResponse
from standins.xero import actions, snapshot
from standins.xero.accounts import account_json
from standins.xero.chart import TIME_ZONES
from standins.xero.contacts import find_by_reference
from standins.xero.credit_notes import credit_note_json
from standins.xero.dates import NotADateError, read_date
from standins.xero.document_api import JSON, View, find_document
from standins.xero.errors import ForbiddenError, InvalidError, NotFoundError
from standins.xero.invoices import invoice_json
from standins.xero.model import CREDIT_NOTE, INVOICE, Account, Document, Kind
from standins.xero.organisation import organisation_json
from standins.xero.query import flag_of, number_of, text_of
from standins.xero.rendering import contact_json
from standins.xero.state import Organisation, Xero

_KINDS = {kind.plural: kind for kind in (INVOICE, CREDIT_NOTE)}
_STATUSES = {"approve": "AUTHORISED", "void": "VOIDED", "delete": "DELETED"}
_LOCKS = ("period_lock_date", "end_of_year_lock_date")
Action = Callable[[Request, Organisation, JSON], Awaitable[Any]]


def organisation_named(request: Request) -> Organisation:
    """Return the organisation an action is about. Raises ControlError."""
    xero: Xero = request.app.state.xero
    tenant = request.query_params.get("tenant") or request.headers.get("xero-tenant-id")
    try:
        return xero.organisation(tenant)
    except ForbiddenError as error:
        raise ControlError("say which organisation: ?tenant=…") from error


def summary_of(organisation: Organisation) -> JSON:
    """Return an organisation as the controls show it."""
    profile = organisation.profile
    return {
        "tenant_id": organisation.tenant_id,
        "name": profile.name,
        "short_code": profile.short_code,
        "base_currency": profile.base_currency,
        "currencies": profile.currencies,
        "contacts": len(organisation.contacts),
        "invoices": len(organisation.invoices),
        "credit_notes": len(organisation.credit_notes),
    }


def _action(act: Action) -> Callable[[Request], Awaitable[Response]]:
    async def run(request: Request) -> Response:
        organisation, body = organisation_named(request), await control_body(request)
        try:
            return ExactJSONResponse(await act(request, organisation, body))
        except InvalidError as error:
            raise ControlError(str(error)) from error
        except NotFoundError as error:
            raise ControlError(f"there is no {error}") from error

    return control(run)


async def _organisations(request: Request) -> Response:
    xero: Xero = request.app.state.xero
    if request.method == "GET":
        return ExactJSONResponse([summary_of(organisation) for organisation in xero.organisations.values()])
    body = await control_body(request)
    name, zone = text_of(body, "name"), text_of(body, "time_zone") or "Europe/London"
    if name is None or zone not in TIME_ZONES:
        raise ControlError(f"an organisation needs a name, and a time_zone among {', '.join(TIME_ZONES)}")
    opened = xero.add_organisation(
        name,
        text_of(body, "base_currency") or "GBP",
        body.get("currencies") or (),
        text_of(body, "short_code"),
        time_zone=zone,
    )
    return ExactJSONResponse(summary_of(opened), status_code=201)


async def _reset(request: Request) -> Response:
    xero: Xero = request.app.state.xero
    xero.reset()
    return Response(status_code=204)


async def _snapshot(request: Request) -> Response:
    xero: Xero = request.app.state.xero
    return Response(snapshot.take(xero), media_type="application/json")


async def _load(request: Request) -> Response:
    xero: Xero = request.app.state.xero
    try:
        snapshot.load(xero, await request.body())
    except snapshot.NotASnapshotError as error:
        raise ControlError(str(error)) from error
    return ExactJSONResponse([summary_of(organisation) for organisation in xero.organisations.values()])


async def _sent(request: Request, organisation: Organisation, body: JSON) -> Any:
    kind, document = _document(request, organisation)
    sent = flag_of(body, "sent")
    changed = actions.mark_sent(organisation, kind, document, sent=sent is not False, stamped=flag_of(body, "stamped"))
    return _shown(organisation, kind, changed)


async def _dates(request: Request, organisation: Organisation, body: JSON) -> Any:
    kind, document = _document(request, organisation)
    changed = actions.edit_dates(organisation, kind, document, _day(body, "date"), _day(body, "due_date"))
    return _shown(organisation, kind, changed)


async def _pay(request: Request, organisation: Organisation, body: JSON) -> Any:
    kind, document = _document(request, organisation)
    code = text_of(body, "account")
    account = None if code is None else _account(organisation, code)
    amount: Decimal | None = number_of(body, "amount")
    actions.pay_document(organisation, kind, document, amount=amount, account=account, day=_day(body, "date"))
    return _shown(organisation, kind, find_document(organisation, kind, document.id))


async def _status(request: Request, organisation: Organisation, _body: JSON) -> Any:
    kind, document = _document(request, organisation)
    status = _STATUSES[request.url.path.rsplit("/", 1)[1]]
    return _shown(organisation, kind, actions.set_status(organisation, kind, document, status))


async def _archive_contact(request: Request, organisation: Organisation, body: JSON) -> Any:
    contact = find_by_reference(organisation, request.path_params["record_id"])
    archived = flag_of(body, "archived") is not False
    return contact_json(actions.archive_contact(organisation, contact, archived=archived))


async def _merge(request: Request, organisation: Organisation, body: JSON) -> Any:
    source = find_by_reference(organisation, request.path_params["record_id"])
    target = find_by_reference(organisation, text_of(body, "into") or "")
    return contact_json(actions.merge_contacts(organisation, source, target))


async def _archive_account(request: Request, organisation: Organisation, body: JSON) -> Any:
    account = _account(organisation, request.path_params["code"])
    archived = flag_of(body, "archived") is not False
    return account_json(actions.archive_account(organisation, account, archived=archived))


async def _lock_dates(_request: Request, organisation: Organisation, body: JSON) -> Any:
    actions.set_lock_dates(organisation, {name: _day(body, name) for name in _LOCKS if name in body})
    return organisation_json(organisation)


async def _currencies(_request: Request, organisation: Organisation, body: JSON) -> Any:
    wanted = body.get("currencies")
    if not isinstance(wanted, list):
        raise ControlError("currencies is a list of codes")
    return {"currencies": actions.set_currencies(organisation, [str(code) for code in wanted])}


async def _demo_reset(_request: Request, organisation: Organisation, body: JSON) -> Any:
    return summary_of(actions.reset_demo(organisation, keep_tenant=flag_of(body, "keep_tenant") is True))


async def _settings(request: Request, organisation: Organisation, body: JSON) -> Any:
    if request.method == "POST":
        actions.change_settings(organisation, body)
    return asdict(organisation.settings)


def _document(request: Request, organisation: Organisation) -> tuple[Kind, Document]:
    kind = _KINDS.get(request.path_params["plural"])
    if kind is None:
        raise ControlError("documents are Invoices or CreditNotes")
    return kind, find_document(organisation, kind, request.path_params["record_id"])


def _account(organisation: Organisation, code: str) -> Account:
    account = organisation.account(code)
    if account is None:
        raise ControlError(f"there is no account {code}")
    return account


def _shown(organisation: Organisation, kind: Kind, document: Document) -> JSON:
    render = invoice_json if kind is INVOICE else credit_note_json
    return render(organisation, document, View())


def _day(body: JSON, name: str) -> date | None:
    value = body.get(name)
    if value is None:
        return None
    try:
        return read_date(value)
    except NotADateError as error:
        raise ControlError(f"{name} is no date: {value}") from error


_ONE = "/_sandbox/{plural}/{record_id}"

routes: list[Route] = [
    Route("/_sandbox/organisations", control(_organisations), methods=["GET", "POST"]),
    Route("/_sandbox/reset", control(_reset), methods=["POST"]),
    Route("/_sandbox/snapshot", control(_snapshot), methods=["GET"]),
    Route("/_sandbox/load", control(_load), methods=["POST"]),
    Route("/_sandbox/lock-dates", _action(_lock_dates), methods=["POST"]),
    Route("/_sandbox/currencies", _action(_currencies), methods=["POST"]),
    Route("/_sandbox/demo-reset", _action(_demo_reset), methods=["POST"]),
    Route("/_sandbox/settings", _action(_settings), methods=["GET", "POST"]),
    Route("/_sandbox/Contacts/{record_id}/archive", _action(_archive_contact), methods=["POST"]),
    Route("/_sandbox/Contacts/{record_id}/merge", _action(_merge), methods=["POST"]),
    Route("/_sandbox/Accounts/{code}/archive", _action(_archive_account), methods=["POST"]),
    Route(f"{_ONE}/sent", _action(_sent), methods=["POST"]),
    Route(f"{_ONE}/dates", _action(_dates), methods=["POST"]),
    Route(f"{_ONE}/pay", _action(_pay), methods=["POST"]),
    *[Route(f"{_ONE}/{verb}", _action(_status), methods=["POST"]) for verb in _STATUSES],
]
