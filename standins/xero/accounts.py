"""/Accounts: the chart of accounts. PUT takes one account at a time, POST one by its id."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.chart import CLASS_OF_TYPE
from standins.xero.dates import moment_field
from standins.xero.document_api import API, JSON
from standins.xero.envelope import enveloped
from standins.xero.errors import InvalidError, NotFoundError, ValidationError
from standins.xero.filtering import Field
from standins.xero.listing import filtered
from standins.xero.model import NIL_ID, Account
from standins.xero.query import Parameters, elements_of, flag_of, organisation_of, text_of
from standins.xero.state import Organisation, class_of

_DEFAULT_TAX = {"REVENUE": "OUTPUT2", "EXPENSE": "INPUT2"}
MAX_CODE = 10
MAX_NAME = 150

FIELDS: Mapping[str, Field[Account]] = {
    "AccountID": Field("Guid", lambda account: account.id),
    "Code": Field("String", lambda account: account.code),
    "Name": Field("String", lambda account: account.name),
    "Type": Field("String", lambda account: account.type),
    "Status": Field("String", lambda account: account.status),
    "Class": Field("String", class_of),
    "TaxType": Field("String", lambda account: account.tax_type),
    "SystemAccount": Field("String", lambda account: account.system_account),
    "EnablePaymentsToAccount": Field("Boolean", lambda account: account.enable_payments),
    "UpdatedDateUTC": Field("DateTime", lambda account: account.updated),
}


def account_json(account: Account) -> JSON:
    """Return an account as answers show it."""
    body: JSON = {"AccountID": account.id}
    if account.code is not None:
        body["Code"] = account.code
    body |= {
        "Name": account.name,
        "Status": account.status,
        "Type": account.type,
        "TaxType": account.tax_type,
        "Class": class_of(account),
        "EnablePaymentsToAccount": account.enable_payments,
        "ShowInExpenseClaims": False,
        "HasAttachments": False,
        "AddToWatchlist": False,
        "UpdatedDateUTC": moment_field(account.updated),
    }
    if account.description:
        body["Description"] = account.description
    if account.system_account is not None:
        body["SystemAccount"] = account.system_account
    if account.type == "BANK":
        body |= {
            "BankAccountNumber": account.bank_account_number or "",
            "BankAccountType": "BANK",
            "CurrencyCode": account.currency_code,
        }
    return body


async def index(request: Request) -> Response:
    """Answer GET on the list; archived accounts are in it, deleted ones are not."""
    organisation, parameters = organisation_of(request), Parameters(request)
    since = parameters.modified_since() or 0
    held = [a for a in organisation.accounts.values() if a.updated >= since and a.status != "DELETED"]
    found = filtered(held, parameters, "Account", FIELDS)
    return enveloped(request, "Accounts", [account_json(account) for account in found])


async def one(request: Request) -> Response:
    """Answer GET on an account."""
    return enveloped(request, "Accounts", [account_json(_account(request))])


async def create(request: Request) -> Response:
    """Answer PUT with one account."""
    organisation = organisation_of(request)
    payload = (await elements_of(request, "Accounts", "Account"))[0]
    return _save(request, organisation, payload, None)


async def update(request: Request) -> Response:
    """Answer POST on an account."""
    account = _account(request)
    payload = (await elements_of(request, "Accounts", "Account"))[0]
    return _save(request, organisation_of(request), payload, account)


async def delete(request: Request) -> Response:
    """Answer DELETE: the account is gone from the list; one that documents use can only be archived."""
    organisation, account = organisation_of(request), _account(request)
    if account.system_account is not None:
        raise _refused({"AccountID": account.id}, "You cannot delete a system account.")
    deleted = replace(account, status="DELETED", updated=organisation.stamp())
    organisation.put_account(deleted)
    return enveloped(request, "Accounts", [account_json(deleted)])


def _save(request: Request, organisation: Organisation, payload: JSON, old: Account | None) -> Response:
    try:
        account = _read(organisation, payload, old)
    except InvalidError as error:
        raise _refused(payload, *error.messages) from error
    organisation.put_account(account)
    return enveloped(request, "Accounts", [account_json(account)])


def _read(organisation: Organisation, payload: JSON, old: Account | None) -> Account:
    fields: dict[str, Any] = {
        attribute: text
        for name, attribute in (("Code", "code"), ("Name", "name"), ("Type", "type"), ("TaxType", "tax_type"))
        if (text := text_of(payload, name)) is not None
    }
    messages = _mistakes(organisation, fields, old)
    if (status := text_of(payload, "Status")) is not None:
        fields["status"] = status
        if status not in {"ACTIVE", "ARCHIVED"} or (old is not None and old.system_account and status != "ACTIVE"):
            messages.append(f"The account status {status} is not valid")
    if messages:
        raise InvalidError(*messages)
    if (description := text_of(payload, "Description")) is not None:
        fields["description"] = description
    if (payments := flag_of(payload, "EnablePaymentsToAccount")) is not None:
        fields["enable_payments"] = payments
    if (number := text_of(payload, "BankAccountNumber")) is not None:
        fields["bank_account_number"] = number
    if old is not None:
        return replace(old, **fields, updated=organisation.stamp())
    kind = CLASS_OF_TYPE[fields["type"]]
    defaults: dict[str, Any] = {"code": None, "tax_type": _DEFAULT_TAX.get(kind, "NONE"), "currency_code": None}
    if fields["type"] == "BANK":
        defaults |= {"tax_type": "NONE", "currency_code": organisation.profile.base_currency}
    return Account(id=organisation.xero.new_id(), updated=organisation.stamp(), **(defaults | fields))


def _mistakes(organisation: Organisation, fields: Mapping[str, Any], old: Account | None) -> list[str]:
    messages: list[str] = []
    others = [a for a in organisation.accounts.values() if a.status != "DELETED" and (not old or a.id != old.id)]
    name, code, kind = fields.get("name"), fields.get("code"), fields.get("type")
    if (name is None and old is None) or any(other.name == name for other in others) or len(name or "") > MAX_NAME:
        messages.append("Please enter a unique Name.")
    if kind not in CLASS_OF_TYPE and (kind is not None or old is None):
        messages.append("Account Type must be a valid type.")
    if (
        (code is None and old is None and kind != "BANK")
        or len(code or "") > MAX_CODE
        or (code is not None and any(other.code == code for other in others))
    ):
        messages.append("Please enter a unique Code.")
    tax_type = fields.get("tax_type")
    if tax_type is not None and tax_type not in organisation.tax_rates:
        messages.append(f"The TaxType code {tax_type} does not exist or cannot be used for this type of transaction.")
    return messages


def _account(request: Request) -> Account:
    account = organisation_of(request).accounts.get(request.path_params["record_id"].lower())
    if account is None:
        raise NotFoundError(request.path_params["record_id"])
    return account


def _refused(payload: JSON, *messages: str) -> ValidationError:
    shown = {"AccountID": NIL_ID, **payload}
    return ValidationError([{**shown, "ValidationErrors": [{"Message": message} for message in messages]}])


routes: list[Route] = [
    Route(f"{API}/Accounts", index, methods=["GET"]),
    Route(f"{API}/Accounts", create, methods=["PUT"]),
    Route(f"{API}/Accounts/{{record_id}}", one, methods=["GET"]),
    Route(f"{API}/Accounts/{{record_id}}", update, methods=["POST"]),
    Route(f"{API}/Accounts/{{record_id}}", delete, methods=["DELETE"]),
]
