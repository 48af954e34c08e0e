"""What the buttons do: the actions of `actions`, then a redirect back to where the user was.

A refusal comes back in Xero's words, on the page it was made from.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from standins.xero import actions
from standins.xero.contacts import find_by_reference
from standins.xero.document_api import find_document
from standins.xero.errors import InvalidError
from standins.xero.identity.state import DEV_CLIENT_ID
from standins.xero.model import Document, Kind
from standins.xero.page.views import KINDS, organisation_at, xero_of
from standins.xero.state import Organisation

_SEE_OTHER = 303
_LONGEST_STEP_DAYS = 3_650

Act = Callable[[Organisation, Kind, Document, FormData], str]


async def document(request: Request) -> Response:
    """Approve, mark sent, edit dates, pay, void or delete a document."""
    act = _DOCUMENT_ACTS[request.path_params["verb"]]
    organisation, kind = organisation_at(request), KINDS[request.path_params["tab"]]
    found = find_document(organisation, kind, request.path_params["record"])
    return await _done(request, lambda form: act(organisation, kind, found, form))


async def contact(request: Request) -> Response:
    """Archive or restore a contact."""
    organisation = organisation_at(request)
    found = find_by_reference(organisation, request.path_params["record"])
    archived = request.path_params["verb"] == "archive"

    def act(_: FormData) -> str:
        actions.archive_contact(organisation, found, archived=archived)
        return f"{found.name} was {'archived' if archived else 'restored'}."

    return await _done(request, act)


async def account(request: Request) -> Response:
    """Archive or restore an account of the chart."""
    organisation = organisation_at(request)
    archived = request.path_params["verb"] == "archive"

    def act(_: FormData) -> str:
        found = organisation.account(request.path_params["record"])
        if found is None:
            raise InvalidError("There is no such account")
        actions.archive_account(organisation, found, archived=archived)
        return f"Account {found.code} was {'archived' if archived else 'restored'}."

    return await _done(request, act)


async def organisation(request: Request) -> Response:
    """Set lock dates, currencies or who may approve; disconnect, connect or reset an organisation."""
    found, verb = organisation_at(request), request.path_params["verb"]
    identity = xero_of(request).identity

    def act(form: FormData) -> str:
        if verb == "lock-dates":
            names = ("period_lock_date", "end_of_year_lock_date")
            actions.set_lock_dates(found, {name: _day(form, name) for name in names})
            return "The lock dates are set."
        if verb == "currencies":
            codes = _text(form, "currencies").replace(",", " ").upper().split()
            return f"Currencies: {', '.join(actions.set_currencies(found, codes))}."
        if verb == "approval":
            actions.change_settings(found, {"approval_gives": _text(form, "approval_gives")})
            return f"A document that an app approves is saved as {found.settings.approval_gives}."
        if verb == "demo-reset":
            tenant_id = actions.reset_demo(found).tenant_id
            return f"The Demo Company begins anew, as {tenant_id}."
        if verb == "disconnect":
            identity.disconnect(found.tenant_id)
            return f"{found.profile.name} is disconnected from every app."
        identity.connect(found.tenant_id, found.profile.name, DEV_CLIENT_ID)
        return f"{found.profile.name} is connected to {DEV_CLIENT_ID}."

    return await _done(request, act)


async def clock(request: Request) -> Response:
    """Move the clock by some days or hours, or back to the wall clock."""
    moved = xero_of(request).clock

    def act(form: FormData) -> str:
        if _text(form, "reset"):
            moved.reset()
            return "The clock shows wall time again."
        days, hours = _number(form, "days") or Decimal(0), _number(form, "hours") or Decimal(0)
        if abs(days) > _LONGEST_STEP_DAYS or abs(hours) > _LONGEST_STEP_DAYS:
            raise InvalidError(f"The clock moves by {_LONGEST_STEP_DAYS} days at most")
        moved.advance(timedelta(days=float(days), hours=float(hours)))
        return f"It is now {moved.now():%d %b %Y %H:%M} UTC."

    return await _done(request, act)


async def _done(request: Request, act: Callable[[FormData], str]) -> Response:
    form = await request.form()
    try:
        outcome = {"notice": act(form)}
    except InvalidError as refusal:
        outcome = {"problem": str(refusal)}
    back = _text(form, "back")
    parts = urlsplit(back)
    inside = back == "/" or (back.startswith("/page/") and not parts.scheme and not parts.netloc)
    target = back if inside else "/"
    joint = "&" if "?" in target else "?"
    return RedirectResponse(f"{target}{joint}{urlencode(outcome)}", status_code=_SEE_OTHER)


def _sent(organisation: Organisation, kind: Kind, document: Document, form: FormData) -> str:
    sent = _text(form, "sent") != "false"
    actions.mark_sent(organisation, kind, document, sent=sent)
    return f"{document.number} is marked as {'sent' if sent else 'not sent'}."


def _dates(organisation: Organisation, kind: Kind, document: Document, form: FormData) -> str:
    day, due = _day(form, "date"), _day(form, "due_date")
    # A form always sends both: what was not changed is not an edit.
    actions.edit_dates(
        organisation, kind, document, None if day == document.date else day, None if due == document.due_date else due
    )
    return f"The dates of {document.number} are changed."


def _pay(organisation: Organisation, kind: Kind, document: Document, form: FormData) -> str:
    payment = actions.pay_document(organisation, kind, document, amount=_number(form, "amount"), day=_day(form, "date"))
    return f"{payment.amount:,.2f} {document.currency} is recorded on {document.number}."


def _status(status: str) -> Act:
    def act(organisation: Organisation, kind: Kind, document: Document, _: FormData) -> str:
        actions.set_status(organisation, kind, document, status)
        return f"{document.number} is {status.lower()}."

    return act


_DOCUMENT_ACTS: dict[str, Act] = {
    "sent": _sent,
    "dates": _dates,
    "pay": _pay,
    "approve": _status("AUTHORISED"),
    "void": _status("VOIDED"),
    "delete": _status("DELETED"),
}


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _day(form: FormData, name: str) -> date | None:
    text = _text(form, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidError(f"{text} is no date") from error


def _number(form: FormData, name: str) -> Decimal | None:
    text = _text(form, name).replace(",", "")
    try:
        found = Decimal(text) if text else None
    except InvalidOperation as error:
        raise InvalidError(f"{text} is no amount") from error
    if found is not None and not found.is_finite():
        raise InvalidError(f"{text} is no amount")
    return found
