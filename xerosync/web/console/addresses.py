"""Where a person sees a document elsewhere: in Sequence, in Xero, in the Temporal Web UI."""

from typing import NamedTuple
from urllib.parse import quote

from xerosync.core.documents import DocumentRef
from xerosync.documents.client import document_workflow_id
from xerosync.documents.describe import deep_link
from xerosync.documents.link import DocumentLink
from xerosync.operations.document_data import sequence_url
from xerosync.settings import Settings


class Elsewhere(NamedTuple):
    """An address of another service, and what is seen there."""

    words: str
    url: str


def elsewhere(link: DocumentLink, settings: Settings, namespace: str) -> list[Elsewhere]:
    """Return the addresses of a document that are known."""
    ref = link.ref
    found = [
        Elsewhere("Open in Sequence", sequence_url(ref, settings.sequence_app_url)),
    ]
    if link.xero and link.short_code:
        found.append(Elsewhere("Open in Xero", deep_link(link.short_code, ref.kind, link.xero.xero_id)))
    if page := workflow_url(settings, namespace, document_workflow_id(ref)):
        found.append(Elsewhere("Open its workflow in Temporal", page))
    return found


def workflow_url(settings: Settings, namespace: str, workflow_id: str) -> str | None:
    """Return where a person sees the newest run of a workflow; None where no Temporal Web UI is set."""
    if settings.temporal_ui_url is None:
        return None
    return f"{settings.temporal_ui_url}/namespaces/{quote(namespace, safe='')}/workflows/{quote(workflow_id, safe='')}"


def address_of(ref: DocumentRef) -> str:
    """Return the address of a document's page."""
    return f"/accounts/{quote(ref.account_id, safe='')}/documents/{ref.kind.value}/{quote(ref.document_id, safe='')}"
