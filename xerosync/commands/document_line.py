"""The commands on single documents, as they are typed."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from xerosync.commands.line import AsWritten, Document, Json, with_services
from xerosync.commands.preview import preview as run_preview
from xerosync.commands.signals import Hint, tell
from xerosync.commands.signals import retry as run_retry
from xerosync.commands.status import list_documents, show_document
from xerosync.model.holds import HoldReason
from xerosync.model.messages import SyncState
from xerosync.services import Services

MOST = 10_000
"""Documents that one listing shows at most."""


def status(
    *document: Document,
    state: SyncState | None = None,
    hold: Annotated[HoldReason | None, AsWritten] = None,
    limit: Annotated[int, Parameter(validator=Number(gte=1, lte=MOST))] = 50,
    json: Json = False,
) -> None:
    """Show where documents stand, or one of them: why it is not in Xero, and all that happened to it.

    Parameters
    ----------
    state
        only documents in this state
    hold
        only documents held for this reason
    limit
        at most so many, the last changed first
    """

    async def show(services: Services) -> None:
        if document:
            await show_document(services, document, as_json=json)
        else:
            await list_documents(services, state=state, hold=hold, limit=limit, as_json=json)

    with_services(show)


def finalize(*document: Document, json: Json = False) -> None:
    """Tell that a document was finalized in Sequence: it goes to Xero."""
    _tell(document, "finalized", as_json=json)


def sent(*document: Document, json: Json = False) -> None:
    """Tell that a document was sent in Sequence: its real dates go to Xero, where it is marked as sent."""
    _tell(document, "sent", as_json=json)


def void(*document: Document, json: Json = False) -> None:
    """Tell that a document was voided in Sequence: it is voided in Xero."""
    _tell(document, "voided", as_json=json)


def preview(*document: Document, json: Json = False) -> None:
    """Show what a document would be in Xero, field by field, and what keeps it from going. Nothing is sent."""
    with_services(lambda services: run_preview(services, document, as_json=json))


def retry(*document: Document, json: Json = False) -> None:
    """Release a document's hold, so that it tries again at once."""
    with_services(lambda services: run_retry(services, document, as_json=json))


def _tell(document: Sequence[str], hint: Hint, *, as_json: bool) -> None:
    with_services(lambda services: tell(services, document, hint, as_json=as_json))


DOCUMENT_COMMANDS = (status, finalize, sent, void, preview, retry)
"""All of them, for the command line to take in."""
