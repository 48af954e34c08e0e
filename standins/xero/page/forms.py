"""What the buttons do: the actions of `actions`, then a redirect back to where the user was.

A refusal comes back in Xero's words, on the page it was made from.
"""

from collections.abc import Callable

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from standins import pages
from standins.pages import day_of, number_of, text_of
from standins.xero import actions
from standins.xero.contacts import find_by_reference
from standins.xero.document_api import find_document
from standins.xero.errors import InvalidError
from standins.xero.identity.state import DEV_CLIENT_ID
from standins.xero.model import Document, Kind
from standins.xero.page.views import KINDS, organisation_at, xero_of
from standins.xero.state import Organisation

Act = Callable[[Organisation, Kind, Document, FormData], str]


async def document(request: Request) -> Response:
    """Approve, mark sent, edit dates, pay, void or delete a document."""
    act = _DOCUMENT_ACTS[request.path_params["verb"]]
    organisation, kind = organisation_at(request), KINDS[request.path_params["tab"]]
    found = find_document(organisation, kind, request.path_params["record"])
    return await pages.act(request, lambda form: act(organisation, kind, found, form), InvalidError)


async def contact(request: Request) -> Response:
    """Archive or restore a contact."""
    organisation = organisation_at(request)
    found = find_by_reference(organisation, request.path_params["record"])
    archived = request.path_params["verb"] == "archive"

    def act(_: FormData) -> str:
        actions.archive_contact(organisation, found, archived=archived)
        return f"{found.name} was {'archived' if archived else 'restored'}."

    return await pages.act(request, act, InvalidError)


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

    return await pages.act(request, act, InvalidError)


async def organisation(request: Request) -> Response:
    """Set lock dates, currencies or who may approve; disconnect, connect or reset an organisation."""
    found, verb = organisation_at(request), request.path_params["verb"]
    identity = xero_of(request).identity

    def act(form: FormData) -> str:
        if verb == "lock-dates":
            names = ("period_lock_date", "end_of_year_lock_date")
            actions.set_lock_dates(found, {name: day_of(form, name) for name in names})
            return "The lock dates are set."
        if verb == "currencies":
            codes = text_of(form, "currencies").replace(",", " ").upper().split()
            return f"Currencies: {', '.join(actions.set_currencies(found, codes))}."
        if verb == "approval":
            actions.change_settings(found, {"approval_gives": text_of(form, "approval_gives")})
            return f"A document that an app approves is saved as {found.settings.approval_gives}."
        if verb == "demo-reset":
            tenant_id = actions.reset_demo(found).tenant_id
            return f"The Demo Company begins again, as {tenant_id}."
        if verb == "disconnect":
            identity.disconnect(found.tenant_id)
            return f"{found.profile.name} is disconnected from every app."
        identity.connect(found.tenant_id, found.profile.name, DEV_CLIENT_ID)
        return f"{found.profile.name} is connected to {DEV_CLIENT_ID}."

    return await pages.act(request, act, InvalidError)


async def clock(request: Request) -> Response:
    """Move the clock by some days or hours, or back to the wall clock."""
    return await pages.act(request, pages.move_clock(xero_of(request).clock), InvalidError)


def _sent(organisation: Organisation, kind: Kind, document: Document, form: FormData) -> str:
    sent = text_of(form, "sent") != "false"
    actions.mark_sent(organisation, kind, document, sent=sent)
    return f"{document.number} is marked as {'sent' if sent else 'not sent'}."


def _dates(organisation: Organisation, kind: Kind, document: Document, form: FormData) -> str:
    day, due = day_of(form, "date"), day_of(form, "due_date")
    # A form always sends both: what was not changed is not an edit.
    actions.edit_dates(
        organisation, kind, document, None if day == document.date else day, None if due == document.due_date else due
    )
    return f"The dates of {document.number} are changed."


def _pay(organisation: Organisation, kind: Kind, document: Document, form: FormData) -> str:
    payment = actions.pay_document(
        organisation, kind, document, amount=number_of(form, "amount"), day=day_of(form, "date")
    )
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
