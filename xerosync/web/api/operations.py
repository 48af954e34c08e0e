"""All that the API offers, as data: the router and the OpenAPI description are both made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel

from xerosync.core.api_keys import Scope
from xerosync.core.documents import Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.messages import SyncState
from xerosync.operations.customer_data import CustomerData
from xerosync.operations.signals import DocumentSignal
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.web.api.customers import CustomersApi
from xerosync.web.api.documents import MOST, USUAL, DocumentAnswer, DocumentList, DocumentsApi, SignalTaken
from xerosync.web.api.embedding import EmbedAddress, EmbeddingApi, EmbedRequest
from xerosync.web.api.keys import KeyHandler

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Parameter:
    """One value in the path or the query: any text, one of some choices, a whole number or a day."""

    words: str
    choices: type[StrEnum] | Sequence[str] | None = None
    whole_number_to: int | None = None
    is_day: bool = False


@dataclass(frozen=True)
class ApiOperation:
    """One method of one path: who may, what it answers, and its words. `statuses` are those of refusals."""

    method: str
    path: str
    name: str
    handler: KeyHandler
    scope: Scope
    summary: str
    answer: type[BaseModel]
    status: int = 200
    body: type[BaseModel] | None = None
    query: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])
    refusals: Sequence[int] = (404,)


IN_PATH = {
    "kind": Parameter("the kind of document", Kind),
    "id": Parameter("Sequence's id"),
    "signal": Parameter("what changed in Sequence", DocumentSignal),
}

_YES = ("yes",)
_LIST = {
    "search": Parameter("beginnings of words of the number or of the customer's name"),
    "state": Parameter("only documents in this state", SyncState),
    "hold": Parameter("only documents held for this reason", HoldReason),
    "kind": Parameter("only documents of this kind", Kind),
    "customer": Parameter("only documents of this customer, by Sequence's id"),
    "issued_from": Parameter(
        "only documents that Sequence dates on this day or later, such as 2026-03-01", is_day=True
    ),
    "issued_to": Parameter("only documents that Sequence dates on this day or earlier", is_day=True),
    "alarm": Parameter("only documents that were sent, but are dated 3000 in Xero", _YES),
    "drift": Parameter("only documents whose totals differ", _YES),
    "ignored": Parameter("only documents that a person wants left alone", _YES),
    "limit": Parameter(f"at most so many documents, {USUAL} unless it is given", whole_number_to=MOST),
    "after": Parameter("`next` of the page before"),
}


def operations(services: Services, settings: Settings) -> Sequence[ApiOperation]:
    """Return what the API offers."""
    documents, customers = DocumentsApi(services), CustomersApi(services)
    embedding = EmbeddingApi(settings)
    return [
        ApiOperation(
            "GET",
            "/documents",
            "listDocuments",
            documents.list,
            Scope.READ,
            "List documents, alarms first, then what changed last",
            DocumentList,
            query=_LIST,
            refusals=(400,),
        ),
        ApiOperation(
            "GET",
            "/documents/{kind}/{id}",
            "getDocument",
            documents.one,
            Scope.READ,
            "Where a document stands on both sides, why it waits, and what happened to it",
            DocumentAnswer,
        ),
        ApiOperation(
            "POST",
            "/documents/{kind}/{id}/{signal}",
            "signalDocument",
            documents.signal,
            Scope.SIGNAL,
            "Report that a document changed in Sequence",
            SignalTaken,
            status=202,
            refusals=(404, 409),
        ),
        ApiOperation(
            "GET",
            "/customers/{id}",
            "getCustomer",
            customers.one,
            Scope.READ,
            "Whether a customer is linked to a contact in Xero, and where its documents stand",
            CustomerData,
        ),
        ApiOperation(
            "POST",
            "/embed-tokens",
            "makeEmbedAddress",
            embedding.make,
            Scope.READ,
            "Get an address at which a document or a customer can be shown in a frame, for ten minutes",
            EmbedAddress,
            status=201,
            body=EmbedRequest,
            refusals=(422,),
        ),
    ]
