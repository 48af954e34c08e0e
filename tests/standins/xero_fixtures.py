"""A served Xero stand-in, a raw client in front of it, and short ways to put documents into it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.identity import IdentityApi

from standins.xero import Organisation, Xero

JSON = dict[str, Any]
T = TypeVar("T")
PLACEHOLDER = "3000-01-01"
PLACEHOLDER_MS = 32503680000000
NIL = "00000000-0000-0000-0000-000000000000"


def line(amount: object = "100.00", **fields: Any) -> JSON:
    return {"Description": "Platform fee", "Quantity": "1", "UnitAmount": str(amount), "AccountCode": "200", **fields}


@dataclass
class Books:
    """One organisation of a served stand-in, reached over HTTP as an app does."""

    http: httpx.AsyncClient
    xero: Xero
    url: str
    contact_id: str = ""

    @property
    def organisation(self) -> Organisation:
        return next(iter(self.xero.organisations.values()))

    async def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        return await self.http.get(f"/api.xro/2.0/{path}", params=query, headers=headers)

    async def put(self, path: str, *elements: JSON, **query: Any) -> httpx.Response:
        return await self.http.put(f"/api.xro/2.0/{path}", json=_wrapped(path, elements), params=query)

    async def post(self, path: str, *elements: JSON, **query: Any) -> httpx.Response:
        return await self.http.post(f"/api.xro/2.0/{path}", json=_wrapped(path, elements), params=query)

    async def act(self, path: str, **body: Any) -> JSON:
        answer = await self.http.post(f"/_sandbox/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    def invoice(self, number: str | None = None, **fields: Any) -> JSON:
        body: JSON = {
            "Type": "ACCREC",
            "Contact": {"ContactID": self.contact_id},
            "Date": PLACEHOLDER,
            "DueDate": PLACEHOLDER,
            "Status": "AUTHORISED",
            "LineItems": [line()],
        }
        return body | ({"InvoiceNumber": number} if number else {}) | fields

    def credit_note(self, number: str | None = None, **fields: Any) -> JSON:
        body = self.invoice(**fields) | {"Type": "ACCRECCREDIT"} | fields
        del body["DueDate"]
        return body | ({"CreditNoteNumber": number} if number else {}) | fields

    async def saved(self, number: str = "S-1", **fields: Any) -> JSON:
        return one_of(await self.put("Invoices", self.invoice(number, **fields)))

    async def saved_note(self, number: str = "CN-1", **fields: Any) -> JSON:
        return one_of(await self.put("CreditNotes", self.credit_note(number, **fields)))

    async def read(self, document: JSON) -> JSON:
        plural, key = ("Invoices", "InvoiceID") if "InvoiceID" in document else ("CreditNotes", "CreditNoteID")
        return one_of(await self.get(f"{plural}/{document[key]}"))


@dataclass
class OfficialClient:
    """xero-python, unchanged but for its addresses."""

    accounting: AccountingApi
    identity: IdentityApi
    api: ApiClient
    tokens: dict[str, Any]
    tenant: str

    async def call(self, method: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await asyncio.to_thread(method, *args, **kwargs)


def official_client(url: str, tenant: str, tokens: dict[str, Any], client_id: str, secret: str) -> OfficialClient:
    """Return the client set up as its makers say, and never retrying by itself."""
    TokenApi.refresh_token_url = TokenApi.client_credentials_token_url = f"{url}/connect/token"
    TokenApi.revoke_token_url = f"{url}/connect/revocation"
    configuration = Configuration(oauth2_token=OAuth2Token(client_id=client_id, client_secret=secret))
    api = ApiClient(configuration, oauth2_token_saver=tokens.update, oauth2_token_getter=lambda: tokens)
    api.rest_client.pool_manager.connection_pool_kw["retries"] = False
    accounting = AccountingApi(api, base_url=f"{url}/api.xro/2.0")
    return OfficialClient(accounting, IdentityApi(api, base_url=url), api, tokens, tenant)


def one_of(answer: httpx.Response) -> JSON:
    """Return the one element of a good answer."""
    (element,) = elements_of(answer)
    return element


def elements_of(answer: httpx.Response) -> list[JSON]:
    """Return the elements of a good answer."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    (key,) = (name for name in body if isinstance(body[name], list))
    return body[key]


def messages_of(element: JSON) -> list[str]:
    return [error["Message"] for error in element["ValidationErrors"]]


def refusal(answer: httpx.Response) -> list[str]:
    """Return the messages of a 400 with one element."""
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert (body["ErrorNumber"], body["Type"]) == (10, "ValidationException")
    (element,) = body["Elements"]
    return messages_of(element)


def _wrapped(path: str, elements: tuple[JSON, ...]) -> JSON:
    parts = path.split("/")
    inner = parts[-1] if len(parts) > 2 else parts[0]
    return {"HistoryRecords" if inner == "History" else inner: list(elements)}
