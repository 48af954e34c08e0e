"""Report that a document changed in Sequence: its workflow, started where none runs, reads there what is true."""

from collections.abc import Mapping
from enum import StrEnum

from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef, DocumentStatus
from xerosync.core.errors import MissingError, RetryLaterError
from xerosync.core.owed import owing, signal_of
from xerosync.core.rate_limits import Lane
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Release
from xerosync.documents.timeline import asked
from xerosync.documents.waiting_step import WaitingStep, try_now
from xerosync.faultpoints import FaultPoint, reach
from xerosync.operations.as_seen import check_as_seen
from xerosync.services import Services


class DocumentSignal(StrEnum):
    """What can be reported of a document."""

    FINALIZED = "finalized"
    SENT = "sent"
    VOIDED = "voided"
    AMENDED = "amended"

    @property
    def command(self) -> str:
        """What a person calls it who asks for it."""
        return _COMMANDS.get(self, self.value)


SIGNAL_OF: Mapping[DocumentStatus, DocumentSignal] = {
    DocumentStatus.FINAL: DocumentSignal.FINALIZED,
    DocumentStatus.SENT: DocumentSignal.SENT,
    DocumentStatus.VOIDED: DocumentSignal.VOIDED,
}
"""What is to be reported of a document that Sequence shows so and that nobody reported; nothing of a draft."""

_COMMANDS = {DocumentSignal.FINALIZED: "finalize", DocumentSignal.VOIDED: "void"}


async def signal(services: Services, ref: DocumentRef, what: DocumentSignal) -> None:
    """Signal a document's workflow, and note in its timeline who did.

    Raises:
        RetryLaterError: Temporal or the store does not answer.
    """
    await services.store.add_entry(ref, asked(what.command))
    await services.workflows.signal(ref, what.value)


async def is_known(services: Services, ref: DocumentRef) -> bool:
    """Tell whether the account has such a document: the store knows it, or Sequence does not deny it.

    While Sequence does not answer it counts as known: what is reported of it must not be lost.
    """
    if (await services.store.document(ref)).updated_at is not None:
        return True
    try:
        document = await services.billing.document(ref)
    except MissingError:
        return False
    except RetryLaterError:
        return True
    return document.account_id == ref.account_id


async def retry(
    services: Services, ref: DocumentRef, *, as_seen: str | None = None, lane: Lane | None = None
) -> WaitingStep | None:
    """Release a document's hold, whatever its reason, so that it tries again at once; take up one that is ignored.

    A step that waits for its next attempt is tried at once: return what it waited for. In the bulk `lane` the document
    lets others go first.

    Raises:
        ChangedMeanwhileError: it is not any more as the person saw it.
    """
    link = check_as_seen(await services.store.document(ref), as_seen)
    await services.store.add_entry(ref, asked("retry"))
    async with owing(services.store, signal_of(ref)):
        if link.ignored:
            await services.store.change(ref, DocumentLink.taken_up)
            reach(FaultPoint.DOCUMENT_STORED)
        await services.store.change(ref, lambda link: link.tried_by_hand(utc_now()))
        await services.workflows.signal(ref, "release", Release(lane=lane), number=link.number)
    return await try_now(services.temporal, ref)
