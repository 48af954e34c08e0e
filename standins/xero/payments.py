"""/Payments: money received for invoices and refunded on credit notes. A POST of `{Status: DELETED}` undoes one."""

from collections.abc import Mapping
from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.batch import write_all
from standins.xero.credit_notes import credit_note_json
from standins.xero.dates import NotADateError, date_field, day_milliseconds, moment_field, moment_string, read_date
from standins.xero.document_api import API, JSON, View
from standins.xero.documents import check_lock_dates
from standins.xero.echo import echoed
from standins.xero.envelope import enveloped
from standins.xero.errors import InvalidError, NotFoundError, ValidationError
from standins.xero.filtering import Field
from standins.xero.invoices import invoice_json
from standins.xero.listing import Selection, narrow_by_where, page_of
from standins.xero.model import CREDIT_NOTE, INVOICE, NIL_ID, Account, Document, Kind, Payment
from standins.xero.query import Parameters, elements_of, flag_of, number_of, organisation_of, text_of
from standins.xero.settlement import pay, remove_payment
from standins.xero.state import Organisation


def payment_json(organisation: Organisation, payment: Payment, *, detail: bool = True) -> JSON:
    """Return a payment with its account and the document it settles."""
    kind = INVOICE if payment.kind == INVOICE.noun else CREDIT_NOTE
    document = organisation.register(kind).get(payment.document_id)
    assert document is not None
    render = invoice_json if kind is INVOICE else credit_note_json
    account = organisation.accounts[payment.account_id]
    body: JSON = {
        "PaymentID": payment.id,
        "Date": date_field(payment.date),
        "BankAmount": payment.amount,
        "Amount": payment.amount,
        "CurrencyRate": payment.currency_rate,
        "PaymentType": payment.type,
        "Status": payment.status,
        "UpdatedDateUTC": moment_field(payment.updated),
        "UpdatedDateUTCString": moment_string(payment.updated),
        "HasAccount": True,
        "IsReconciled": payment.is_reconciled,
        "Account": {"AccountID": account.id, "Code": account.code, "Name": account.name},
        kind.noun: render(organisation, document, View(detail=detail)),
        "HasValidationErrors": False,
    }
    if payment.reference:
        body["Reference"] = payment.reference
    return body


async def index(request: Request) -> Response:
    """Answer GET on the list; deleted payments are in it."""
    organisation, parameters = organisation_of(request), Parameters(request)
    selection = Selection(organisation.payments_by_stamp)
    if (since := parameters.modified_since()) is not None:
        selection.among(selection.everything.since(since), lambda payment: payment.updated >= since)
    fields = _fields(organisation)
    narrow_by_where(selection, parameters, "Payment", fields)
    found, page = page_of(selection, parameters, "Payment", fields)
    shown = [payment_json(organisation, payment, detail=False) for payment in found]
    return enveloped(request, "Payments", shown, page)


async def one(request: Request) -> Response:
    """Answer GET on a payment."""
    organisation = organisation_of(request)
    return enveloped(request, "Payments", [payment_json(organisation, _payment(request, organisation))])


async def create(request: Request) -> Response:
    """Answer PUT and POST on the list: each element is a new payment."""
    organisation = organisation_of(request)
    elements = await elements_of(request, "Payments", "Payment")

    def save(payload: JSON) -> JSON:
        return payment_json(organisation, _pay(organisation, payload))

    return write_all(
        request, organisation, elements, key="Payments", save=save, echo=_echo, error_flag="HasValidationErrors"
    )


async def delete(request: Request) -> Response:
    """Answer POST on a payment: only `{Status: DELETED}` is taken."""
    organisation = organisation_of(request)
    payment = _payment(request, organisation)
    payload = (await elements_of(request, "Payments", "Payment"))[0]
    if text_of(payload, "Status") != "DELETED":
        raise _refused(payment, "Payments can only be updated to a status of DELETED.")
    try:
        deleted = remove_payment(organisation, payment)
    except InvalidError as error:
        raise _refused(payment, *error.messages) from error
    return enveloped(request, "Payments", [payment_json(organisation, deleted)])


def _pay(organisation: Organisation, payload: JSON) -> Payment:
    kind, document = _settled_document(organisation, payload)
    amount = number_of(payload, "Amount")
    if amount is None:
        raise InvalidError("Payment amount must be specified")
    day = _day(organisation, payload)
    check_lock_dates(organisation, day)
    return pay(
        organisation,
        kind,
        document,
        account=_account(organisation, payload),
        amount=amount,
        day=day,
        reference=text_of(payload, "Reference") or "",
        is_reconciled=flag_of(payload, "IsReconciled") or False,
    )


def _settled_document(organisation: Organisation, payload: JSON) -> tuple[Kind, Document]:
    for kind in (INVOICE, CREDIT_NOTE):
        named = payload.get(kind.noun)
        if not isinstance(named, dict):
            named = {kind.number_field: payload.get(kind.number_field)}
        register = organisation.register(kind)
        document_id, number = text_of(named, kind.id_field), text_of(named, kind.number_field)
        found = register.get(document_id.lower()) if document_id else register.holder(number) if number else None
        if found is not None:
            return kind, found
    raise InvalidError("The payment must be for an existing invoice or credit note")


def _account(organisation: Organisation, payload: JSON) -> Account:
    named = payload.get("Account")
    if not isinstance(named, dict):
        named = {"Code": payload.get("Code")}
    account_id, code = text_of(named, "AccountID"), text_of(named, "Code")
    found = organisation.accounts.get(account_id.lower()) if account_id else organisation.account(code or "")
    if found is None or found.status != "ACTIVE":
        raise InvalidError("Account could not be found")
    return found


def _day(organisation: Organisation, payload: JSON) -> date:
    try:
        return read_date(payload["Date"]) if payload.get("Date") else organisation.today()
    except NotADateError as error:
        raise InvalidError(f"The value '{error}' of Date is not a valid date") from error


def _payment(request: Request, organisation: Organisation) -> Payment:
    found = organisation.payments.get(request.path_params["record_id"].lower())
    if found is None:
        raise NotFoundError(request.path_params["record_id"])
    return found


def _refused(payment: Payment, *messages: str) -> ValidationError:
    return ValidationError([{"PaymentID": payment.id, "ValidationErrors": [{"Message": text} for text in messages]}])


def _echo(payload: JSON) -> JSON:
    return {"PaymentID": NIL_ID, **echoed(payload)}


def _fields(organisation: Organisation) -> Mapping[str, Field[Payment]]:
    def number_of_document(payment: Payment) -> str | None:
        document = organisation.invoices.get(payment.document_id)
        return document.number if document else None

    return {
        "PaymentID": Field("Guid", lambda p: p.id),
        "Date": Field("DateTime", lambda p: day_milliseconds(p.date)),
        "Amount": Field("Decimal", lambda p: p.amount),
        "Reference": Field("String", lambda p: p.reference),
        "Status": Field("String", lambda p: p.status),
        "PaymentType": Field("String", lambda p: p.type),
        "Invoice.InvoiceID": Field("Guid", lambda p: p.document_id if p.kind == INVOICE.noun else None),
        "Invoice.InvoiceNumber": Field("String", number_of_document),
        "UpdatedDateUTC": Field("DateTime", lambda p: p.updated, since=organisation.payments_by_stamp.since),
    }


routes: list[Route] = [
    Route(f"{API}/Payments", index, methods=["GET"]),
    Route(f"{API}/Payments", create, methods=["PUT", "POST"]),
    Route(f"{API}/Payments/{{record_id}}", one, methods=["GET"]),
    Route(f"{API}/Payments/{{record_id}}", delete, methods=["POST"]),
]
