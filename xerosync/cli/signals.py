"""`finalize`, `sent`, `void` and `retry`: signal a document's workflow, as the billing system would."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from cyclopts import Parameter

from xerosync.cli.app import Account, AsWritten, Document, Json, WithServices
from xerosync.cli.following import showing_progress
from xerosync.cli.json_forms import ReleasedData, SignalData
from xerosync.cli.naming import named, spelled, typed_name
from xerosync.cli.terminal import console, counted, print_json
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef, DocumentStatus
from xerosync.core.errors import MisconfiguredError, MissingError, RetryLaterError
from xerosync.core.gathering import some_at_once
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.documents.describe import sentence
from xerosync.documents.messages import Release, SyncState
from xerosync.documents.timeline import asked
from xerosync.documents.waiting_step import try_now
from xerosync.operations.signals import DocumentSignal, signal
from xerosync.operations.signals import retry as retry_document
from xerosync.services import Services

_AT_ONCE = 20

_DONE = {DocumentSignal.FINALIZED: "pushed", DocumentSignal.SENT: "sent", DocumentSignal.VOIDED: "voided"}

_SHOWN: Mapping[DocumentSignal, Sequence[DocumentStatus]] = {
    DocumentSignal.FINALIZED: (DocumentStatus.FINAL, DocumentStatus.SENT),
    DocumentSignal.SENT: (DocumentStatus.SENT,),
    DocumentSignal.VOIDED: (DocumentStatus.VOIDED, DocumentStatus.DELETED),
}
"""How Sequence shows a document of which that is so."""

_STANDS: Mapping[DocumentSignal, Sequence[SyncState]] = {
    DocumentSignal.FINALIZED: (SyncState.PUSHED, SyncState.SENT, SyncState.SETTLED),
    DocumentSignal.SENT: (SyncState.SENT, SyncState.SETTLED),
    DocumentSignal.VOIDED: (SyncState.VOIDED,),
}
"""Where a document stands for which nothing is to be done."""


async def finalize(*document: Document, account: Account = None, json: Json = False, services: WithServices) -> int:
    """Signal that a document was finalized in Sequence: it goes to Xero."""
    return await _signal(services, document, account, DocumentSignal.FINALIZED, as_json=json)


async def sent(*document: Document, account: Account = None, json: Json = False, services: WithServices) -> int:
    """Signal that a document was sent in Sequence: its real dates go to Xero, where it is marked as sent."""
    return await _signal(services, document, account, DocumentSignal.SENT, as_json=json)


async def void(*document: Document, account: Account = None, json: Json = False, services: WithServices) -> int:
    """Signal that a document was voided in Sequence: it is voided in Xero."""
    return await _signal(services, document, account, DocumentSignal.VOIDED, as_json=json)


async def retry(
    *document: Document,
    hold: Annotated[HoldReason | None, AsWritten] = None,
    customer: Annotated[str | None, Parameter(help="with --hold: only documents of this customer")] = None,
    account: Account = None,
    json: Json = False,
    services: WithServices,
) -> None:
    """Release a document's hold, so that it tries again at once, or all that one hold keeps, behind all other work.

    Args:
        hold: instead of a document: all that are held for this reason
    """
    if (hold is None) != bool(document) or (hold is None and customer):
        raise MisconfiguredError("Name a document, or all that a hold keeps with --hold (--account, --customer).")
    if hold is None:
        await _release_one(services, await named(services, document, account), as_json=json)
    else:
        await _release_all(services, hold, account, customer, as_json=json)


async def _signal(
    services: Services, words: Sequence[str], account_id: str | None, what: DocumentSignal, *, as_json: bool
) -> int:
    """Signal a document's workflow, unless Sequence shows the document otherwise: then return 1."""
    ref = await named(services, words, account_id)
    link = await services.store.document(ref)
    name = link.number or str(ref)
    typed = await typed_name(services, ref, link.number)
    try:
        status = (await services.billing.document(ref)).status
    except MissingError:
        status = DocumentStatus.DELETED
    except RetryLaterError:
        status = None  # the workflow reads it when Sequence answers again
    if status not in (None, *_SHOWN[what]):
        _show(ref, link.number, None, f"{name} is {status} in Sequence: nothing was {_DONE[what]}.", as_json=as_json)
        return 1
    await signal(services, ref, what)
    if link.ignored:
        said = f"{name} is ignored, so nothing comes of that: `starter.py retry {typed}` takes it up again."
    elif link.state in _STANDS[what]:
        said = await spelled(services, f"Nothing was to be done: {sentence(ref, link.known)}", ref, link.number)
    else:
        said = f"Signalled {what} for {name}. `starter.py status {typed}` shows what came of it."
    _show(ref, link.number, what, said, as_json=as_json)
    return 0


async def _release_one(services: Services, ref: DocumentRef, *, as_json: bool) -> None:
    """Release a document's hold, whatever its reason; take up one that is ignored."""
    link = await services.store.document(ref)
    waited = await retry_document(services, ref)
    name = link.number or str(ref)
    typed = await typed_name(services, ref, link.number)
    see = f"`starter.py status {typed}` shows what came of it."
    if link.ignored:
        said = f"{name} is taken up again. {see}"
    elif waited:
        said = f"{name} is tried again now. {waited.sentence()}"
    elif hold := link.current_hold:
        said = f"{name}, held as {hold.reason}, is tried again at once. {see}"
    else:
        said = await spelled(services, f"{name} was not on hold. {sentence(ref, link.known)}", ref, link.number)
    _show(ref, link.number, "release", said, as_json=as_json)


def _show(ref: DocumentRef, number: str | None, signal: str | None, words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(SignalData(ref=ref, number=number, signal=signal, words=words))
    else:
        console.print(words, markup=False)


async def _release_all(
    services: Services, reason: HoldReason, account_id: str | None, customer_id: str | None, *, as_json: bool
) -> None:
    """Release what a hold keeps, page by page, in the bulk lane; what is held again is not signalled twice."""

    async def release(ref: DocumentRef) -> None:
        await services.store.add_entry(ref, asked(f"retry --hold {reason}"))
        await services.store.change(ref, lambda link: link.tried_by_hand(utc_now()))
        await services.workflows.signal(ref, "release", Release(reason=reason, lane=Lane.BULK))
        await try_now(services.temporal, ref)

    released = 0
    with showing_progress("Releasing") as step:
        counts = await services.store.counts(account_id)
        of_all = sum(count.documents for count in counts if count.hold is reason)
        after: DocumentRef | None = None
        while page := await services.store.held_page(reason, account_id, customer_id, after=after):
            await some_at_once(release, page, _AT_ONCE)
            released, after = released + len(page), page[-1]
            step(released, None if customer_id else of_all)
    if as_json:
        print_json(ReleasedData(hold=reason, released=released))
    elif released:
        console.print(f"{counted(released, 'document')} held as {reason}: tried again now, one after the other.")
    else:
        console.print(f"Nothing is held as {reason}{' there' if account_id or customer_id else ''}.")
