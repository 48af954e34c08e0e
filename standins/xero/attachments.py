"""…/Attachments: files on invoices, credit notes, contacts and accounts, kept in memory."""

import base64
import mimetypes
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.document_api import API, JSON
from standins.xero.envelope import enveloped
from standins.xero.errors import NotFoundError, ValidationError
from standins.xero.model import CREDIT_NOTE, INVOICE, Attachment
from standins.xero.owners import WITH_ATTACHMENTS, owner_id
from standins.xero.query import organisation_of
from standins.xero.state import Organisation

MAX_ATTACHMENTS = 10
_PATH = f"{API}/{{owner}}/{{record_id}}/Attachments"


def attachment_json(request: Request, attachment: Attachment) -> JSON:
    """Return what there is to know of a file, without its content."""
    folder = request.url.path.split("/Attachments")[0]
    return {
        "AttachmentID": attachment.id,
        "FileName": attachment.name,
        "Url": f"https://api.xero.com{folder}/Attachments/{attachment.name}",
        "MimeType": attachment.mime_type,
        "ContentLength": len(base64.b64decode(attachment.content)),
    }


async def index(request: Request) -> Response:
    """Answer GET on the list."""
    organisation = organisation_of(request)
    held = organisation.attachments.get(owner_id(request, organisation, WITH_ATTACHMENTS), ())
    return enveloped(request, "Attachments", [attachment_json(request, attachment) for attachment in held])


async def one(request: Request) -> Response:
    """Answer GET on a file, by id or name, with its content."""
    organisation, wanted = organisation_of(request), request.path_params["file_name"]
    for attachment in organisation.attachments.get(owner_id(request, organisation, WITH_ATTACHMENTS), ()):
        if wanted in {attachment.id, attachment.name}:
            return Response(base64.b64decode(attachment.content), media_type=attachment.mime_type)
    raise NotFoundError(wanted)


async def put(request: Request) -> Response:
    """Answer PUT and POST with the content of a file: one of the same name is replaced."""
    organisation, name = organisation_of(request), request.path_params["file_name"]
    owner = owner_id(request, organisation, WITH_ATTACHMENTS)
    kept = [held for held in organisation.attachments.get(owner, ()) if held.name != name]
    if len(kept) >= MAX_ATTACHMENTS:
        message = f"A maximum of {MAX_ATTACHMENTS} attachments is allowed."
        raise ValidationError([{"ValidationErrors": [{"Message": message}]}])
    attachment = Attachment(
        id=organisation.xero.new_id(),
        name=name,
        mime_type=request.headers.get("content-type") or mimetypes.guess_type(name)[0] or "application/octet-stream",
        content=base64.b64encode(await request.body()).decode(),
    )
    organisation.attachments[owner] = (*kept, attachment)
    _flag(organisation, owner)
    organisation.note(owner, "Attached a file", f"Attached the file {name} through the Xero API")
    return enveloped(request, "Attachments", [attachment_json(request, attachment)])


def _flag(organisation: Organisation, owner: str) -> None:
    for kind in (INVOICE, CREDIT_NOTE):
        document = organisation.register(kind).get(owner)
        if document is not None and not document.has_attachments:
            organisation.put_document(kind, replace(document, has_attachments=True, updated=organisation.stamp()))


routes: list[Route] = [
    Route(_PATH, index, methods=["GET"]),
    Route(_PATH + "/{file_name}", one, methods=["GET"]),
    Route(_PATH + "/{file_name}", put, methods=["PUT", "POST"]),
]
