"""The endpoints that invoices and credit notes have in common: list, one record, PUT, POST."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero import pdf
from standins.xero.batch import write_all
from standins.xero.dates import day_milliseconds
from standins.xero.documents import Writing, commit, revise
from standins.xero.echo import echoed
from standins.xero.envelope import enveloped
from standins.xero.errors import InvalidError, NotFoundError
from standins.xero.filtering import Field
from standins.xero.identity.middleware import CLIENT
from standins.xero.listing import Selection, narrow_by_where, page_of
from standins.xero.model import NIL_ID, Document, Kind
from standins.xero.query import Parameters, elements_of, organisation_of, text_of
from standins.xero.registers import Union
from standins.xero.state import Organisation

JSON = dict[str, Any]
API = "/api.xro/2.0"


@dataclass(frozen=True, slots=True)
class View:
    """How much of a document an answer shows: lines and contact detail, the light fields alone, unit places."""

    detail: bool = True
    summary: bool = False
    unit_places: int = 2


Render = Callable[[Organisation, Document, View], JSON]
Narrow = Callable[[Organisation, Selection[Document], Parameters, str], None]


@dataclass(frozen=True, slots=True)
class DocumentApi:
    """The common endpoints of one kind of document."""

    kind: Kind
    render: Render
    narrow: Narrow

    def routes(self) -> list[Route]:
        """Return the routes of the list and of one record."""
        path = f"{API}/{self.kind.plural}"
        return [
            Route(path, self.index, methods=["GET"]),
            Route(path, self.create, methods=["PUT"]),
            Route(path, self.update, methods=["POST"]),
            Route(path + "/{record_id}", self.one, methods=["GET"]),
            Route(path + "/{record_id}", self.update_one, methods=["POST"]),
            Route(path + "/{record_id}/pdf", self.pdf, methods=["GET"]),
        ]

    async def index(self, request: Request) -> Response:
        """Answer GET on the list: with `page`, lines and contact detail; without, every match in short."""
        organisation, parameters = organisation_of(request), Parameters(request)
        register, noun = organisation.register(self.kind), self.kind.noun
        fields = document_fields(organisation, self.kind)
        selection = Selection(register.ordered)
        since = parameters.modified_since()
        self.narrow(organisation, selection, parameters, app_of(request))
        if since is not None:
            selection.among(register.ordered.since(since), lambda document: document.updated >= since)
        narrow_by_where(selection, parameters, noun, fields)
        documents, page = page_of(selection, parameters, noun, fields)
        view = View(page is not None, parameters.flag("summaryOnly"), parameters.unit_places())
        return enveloped(
            request, self.kind.plural, [self.render(organisation, document, view) for document in documents], page
        )

    async def one(self, request: Request) -> Response:
        """Answer GET on a record, by id or by number; as a PDF where that is asked for, as Xero's own clients do."""
        if pdf.MEDIA_TYPE in request.headers.get("accept", ""):
            return await self.pdf(request)
        organisation = organisation_of(request)
        document = find_document(organisation, self.kind, request.path_params["record_id"])
        view = View(unit_places=Parameters(request).unit_places())
        return enveloped(request, self.kind.plural, [self.render(organisation, document, view)])

    async def pdf(self, request: Request) -> Response:
        """Answer GET …/pdf."""
        organisation = organisation_of(request)
        document = find_document(organisation, self.kind, request.path_params["record_id"])
        contact = organisation.contacts.get(document.contact_id)
        page = pdf.as_pdf(self.kind, document, contact.name if contact else "")
        return Response(page, media_type=pdf.MEDIA_TYPE)

    async def create(self, request: Request) -> Response:
        """Answer PUT: every element is new."""
        return await self._write(request, lambda _organisation, _payload: None)

    async def update(self, request: Request) -> Response:
        """Answer POST: an element with the id or the number of a document overwrites that document."""
        return await self._write(request, self._matching)

    async def update_one(self, request: Request) -> Response:
        """Answer POST on a record."""
        known = find_document(organisation_of(request), self.kind, request.path_params["record_id"]).id

        def match(organisation: Organisation, payload: JSON) -> Document | None:
            # Named by the path: a refused element is answered with this id
            payload[self.kind.id_field] = known
            return organisation.register(self.kind).get(known)

        return await self._write(request, match)

    async def _write(self, request: Request, match: Callable[[Organisation, JSON], Document | None]) -> Response:
        organisation = organisation_of(request)
        elements = await elements_of(request, self.kind.plural, self.kind.noun)
        view = View(unit_places=Parameters(request).unit_places())
        writing = Writing(view.unit_places, app_of(request))

        def save(payload: JSON) -> JSON:
            revision = revise(organisation, self.kind, payload, match(organisation, payload), writing)
            commit(organisation, self.kind, revision)
            return self.render(organisation, revision.document, view)

        return write_all(request, organisation, elements, key=self.kind.plural, save=save, echo=self._echo)

    def _matching(self, organisation: Organisation, payload: JSON) -> Document | None:
        register = organisation.register(self.kind)
        if document_id := text_of(payload, self.kind.id_field):
            found = register.get(document_id.lower())
            if found is None:
                words, field = self.kind.words, self.kind.id_field
                raise InvalidError(f"An existing {words} with the specified {field} could not be found")
            return found
        number = text_of(payload, self.kind.number_field)
        # Bills share numbers freely: only the number of a sales document names it
        is_bill = text_of(payload, "Type") == self.kind.purchase_type
        return None if number is None or is_bill else register.holder(number)

    def _echo(self, payload: JSON) -> JSON:
        """Return a refused element as it was sent, in the forms that answers have; a new one has the nil id."""
        key = self.kind.id_field
        return echoed({**payload, key: text_of(payload, key) or NIL_ID})


def find_document(organisation: Organisation, kind: Kind, reference: str) -> Document:
    """Return the document of this id, else of this number. Raises NotFoundError."""
    register = organisation.register(kind)
    found = register.get(reference.lower()) or register.holder(reference)
    if found is None:
        raise NotFoundError(reference)
    return found


def app_of(request: Request) -> str:
    """Return the client id of the app that sent a request, empty where it is not known."""
    return str((request.scope.get("state") or {}).get(CLIENT, ""))


def narrow_by_status(
    organisation: Organisation, kind: Kind, selection: Selection[Document], statuses: list[str]
) -> None:
    """Keep the documents in one of these statuses, looked up by status."""
    by_status, wanted = organisation.register(kind).by_status, set(statuses)
    found = by_status[statuses[0]] if len(wanted) == 1 else Union(by_status[status] for status in wanted)
    selection.among(found, lambda document: document.status in wanted)


def document_fields(organisation: Organisation, kind: Kind) -> Mapping[str, Field[Document]]:
    """Return what where and order may name on documents of this kind."""
    register, contacts = organisation.register(kind), organisation.contacts

    def contact_of(document: Document) -> Any:
        return contacts.get(document.contact_id)

    def found(document: Document | None) -> list[Document]:
        return [] if document is None else [document]

    return {
        kind.id_field: Field("Guid", lambda d: d.id, lambda value: found(register.get(value))),
        kind.number_field: Field("String", lambda d: d.number, register.numbered),
        "Type": Field("String", lambda d: d.type),
        "Status": Field("String", lambda d: d.status, lambda value: register.by_status[value]),
        "Reference": Field("String", lambda d: d.reference),
        "Contact.ContactID": Field("Guid", lambda d: d.contact_id, lambda value: register.by_contact[value]),
        "Contact.Name": Field("String", lambda d: contact_of(d).name),
        "Contact.ContactNumber": Field("String", lambda d: contact_of(d).contact_number),
        "Contact.AccountNumber": Field("String", lambda d: contact_of(d).account_number),
        "Contact.EmailAddress": Field("String", lambda d: contact_of(d).email),
        "Date": Field("DateTime", lambda d: _day(d.date)),
        "DueDate": Field("DateTime", lambda d: _day(d.due_date)),
        "FullyPaidOnDate": Field("DateTime", lambda d: _day(d.fully_paid_on)),
        "UpdatedDateUTC": Field("DateTime", lambda d: d.updated, since=register.ordered.since),
        "CurrencyCode": Field("String", lambda d: d.currency),
        "LineAmountTypes": Field("String", lambda d: d.line_amount_types),
        "SubTotal": Field("Decimal", lambda d: d.sub_total),
        "TotalTax": Field("Decimal", lambda d: d.total_tax),
        "Total": Field("Decimal", lambda d: d.total),
        "CurrencyRate": Field("Decimal", lambda d: d.currency_rate),
        "SentToContact": Field("Boolean", lambda d: d.sent),
        **_own_fields(kind),
    }


def _own_fields(kind: Kind) -> dict[str, Field[Document]]:
    if kind.noun == "CreditNote":
        return {"RemainingCredit": Field("Decimal", lambda d: d.due)}
    return {
        "AmountDue": Field("Decimal", lambda d: d.due),
        "AmountPaid": Field("Decimal", lambda d: d.paid),
        "AmountCredited": Field("Decimal", lambda d: d.credited),
        "ExpectedPaymentDate": Field("DateTime", lambda d: _day(d.expected_payment_date)),
        "PlannedPaymentDate": Field("DateTime", lambda d: _day(d.planned_payment_date)),
        "Url": Field("String", lambda d: d.url),
    }


def _day(day: date | None) -> int | None:
    return None if day is None else day_milliseconds(day)
