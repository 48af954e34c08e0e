"""The commands on single documents, as they are typed."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from xerosync.cli.adopt import adopt as run_adopt
from xerosync.cli.app import Account, AsWritten, Document, Json, with_services
from xerosync.cli.ignore import ignore as run_ignore
from xerosync.cli.preview import preview as run_preview
from xerosync.cli.push_afresh import Choice
from xerosync.cli.push_afresh import push_afresh as run_push_afresh
from xerosync.cli.resync import resync as run_resync
from xerosync.cli.retry import HeldFilter, retry_held
from xerosync.cli.signals import Hint, tell
from xerosync.cli.signals import retry as run_retry
from xerosync.cli.status import StatusFilter, list_documents, show_document
from xerosync.core.errors import MisconfiguredError
from xerosync.core.holds import HoldReason
from xerosync.documents.messages import SyncState
from xerosync.services import Services

MOST = 10_000
"""Documents that one listing shows at most."""


def status(
    *document: Document,
    state: SyncState | None = None,
    hold: Annotated[HoldReason | None, AsWritten] = None,
    customer: str | None = None,
    ignored: Annotated[bool, Parameter(negative="")] = False,
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
    customer
        only documents of this customer, by Sequence's id
    ignored
        only documents that a person wants left alone
    limit
        at most so many, the last changed first
    """

    async def show(services: Services) -> None:
        if document:
            await show_document(services, document, as_json=json)
        else:
            wish = StatusFilter(state, hold, customer, ignored=ignored)
            await list_documents(services, wish, limit=limit, as_json=json)

    with_services(show, lazy_temporal=True)


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


def retry(
    *document: Document,
    hold: Annotated[HoldReason | None, AsWritten] = None,
    account: Annotated[str | None, Parameter(help="with --hold: only documents of this account")] = None,
    customer: Annotated[str | None, Parameter(help="with --hold: only documents of this customer")] = None,
    json: Json = False,
) -> None:
    """Release a document's hold, so that it tries again at once, or all that one hold keeps, behind all other work.

    Parameters
    ----------
    hold
        instead of a document: all that are held for this reason
    """
    if (hold is None) != bool(document) or (hold is None and (account or customer)):
        raise MisconfiguredError("Name a document, or all that a hold keeps with --hold (--account, --customer).")
    if hold is None:
        with_services(lambda services: run_retry(services, document, as_json=json))
    else:
        held = HeldFilter(hold, account, customer)
        with_services(lambda services: retry_held(services, held, as_json=json))


def adopt(
    *document: Annotated[str, Parameter(help="the document as in `status`, and behind it the id of the one in Xero")],
    number: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Say that a document in Xero is this one, although something differs: `adopt INV-1 ID`, or `adopt INV-1 --number`.

    Parameters
    ----------
    number
        the one in Xero that has its number
    """
    with_services(lambda services: run_adopt(services, document, by_number=number, as_json=json))


def ignore(
    *document: Document,
    because: str | None = None,
    undo: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Leave a document alone, whatever comes: nothing is brought to either side any more.

    Parameters
    ----------
    because
        the reason, which is kept and shown
    undo
        take it up again
    """
    with_services(lambda services: run_ignore(services, document, because, undo=undo, as_json=json))


def resync(*document: Document, json: Json = False) -> None:
    """Read a document afresh on both sides, and act on what is there. Nothing is forgotten, nothing is doubled."""
    with_services(lambda services: run_resync(services, document, as_json=json))


def push_afresh(
    *document: Document,
    everything: Annotated[bool, Parameter(name="--all", negative="")] = False,
    customer: Annotated[str | None, Parameter(help="instead: those of this customer, by Sequence's id")] = None,
    account: Account = None,
    confirm: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Books in Xero are gone, as after a reset of a Demo Company: show what would go to the present ones, or send it.

    Parameters
    ----------
    everything
        instead of a document: all that are in books which are gone
    confirm
        do it; without, nothing is changed
    """
    choice = Choice(document, everything, account, customer, confirm)
    with_services(lambda services: run_push_afresh(services, choice, as_json=json))


def _tell(document: Sequence[str], hint: Hint, *, as_json: bool) -> None:
    with_services(lambda services: tell(services, document, hint, as_json=as_json))


DOCUMENT_COMMANDS = (status, finalize, sent, void, preview, retry, adopt, ignore, resync, push_afresh)
"""All of them, for the command line to take in."""
