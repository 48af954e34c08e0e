"""…/History: what happened to a record, and notes put there through the API."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.dates import moment_field, moment_string
from standins.xero.document_api import API, JSON
from standins.xero.envelope import enveloped
from standins.xero.errors import ValidationError
from standins.xero.model import HistoryRecord
from standins.xero.owners import WITH_HISTORY, owner_id
from standins.xero.query import elements_of, organisation_of, text_of
from standins.xero.texts import length_of, too_long

MAX_DETAILS = 2500


def record_json(record: HistoryRecord) -> JSON:
    """Return an entry as answers show it."""
    return {
        "Changes": record.changes,
        "DateUTCString": moment_string(record.at),
        "DateUTC": moment_field(record.at),
        "User": record.user,
        "Details": record.details,
    }


async def index(request: Request) -> Response:
    """Answer GET: newest first."""
    organisation = organisation_of(request)
    records = organisation.history.get(owner_id(request, organisation, WITH_HISTORY), ())
    return enveloped(request, "HistoryRecords", [record_json(record) for record in reversed(records)])


async def add(request: Request) -> Response:
    """Answer PUT: each element's Details become a note, of 2,500 characters at most."""
    organisation = organisation_of(request)
    owner = owner_id(request, organisation, WITH_HISTORY)
    elements = await elements_of(request, "HistoryRecords", "HistoryRecord")
    refused = [mistake for element in elements if (mistake := _mistake(element))]
    if refused:
        raise ValidationError(refused)
    notes = [organisation.note(owner, "Note", text_of(element, "Details") or "") for element in elements]
    answer = [
        {
            "DateUTCString": moment_string(n.at),
            "DateUTC": moment_field(n.at),
            "Details": n.details,
            "ValidationErrors": [],
        }
        for n in notes
    ]
    return enveloped(request, "HistoryRecords", answer)


def _mistake(element: JSON) -> JSON | None:
    details = text_of(element, "Details")
    if details is not None and length_of(details) <= MAX_DETAILS:
        return None
    message = "Details must be specified." if details is None else too_long("Details", MAX_DETAILS)
    return {"Details": details, "ValidationErrors": [{"Message": message}]}


routes: list[Route] = [
    Route(f"{API}/{{owner}}/{{record_id}}/History", index, methods=["GET"]),
    Route(f"{API}/{{owner}}/{{record_id}}/History", add, methods=["PUT"]),
]
