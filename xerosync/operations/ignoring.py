"""A person wants a document left alone, for a reason that is kept; and the way back."""

from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import MisconfiguredError
from xerosync.core.owed import owing, signal_of
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.documents.timeline import cause
from xerosync.faultpoints import FaultPoint, reach
from xerosync.operations.as_seen import check_as_seen
from xerosync.services import Services

LONGEST_REASON = 500


class NotIgnoredError(MisconfiguredError):
    """The document can't be ignored, or is not."""


async def ignore(services: Services, ref: DocumentRef, because: str, *, as_seen: str | None = None) -> DocumentLink:
    """Leave a document alone, whatever comes; return its link. Decided again by the same person, it stays as it is.

    Raises:
        NotIgnoredError: the reason is missing or too long.
        ChangedMeanwhileError: it is not any more as the person saw it.
    """
    decision = Ignored(because=checked_reason(because), who=cause().who, since=utc_now())
    async with owing(services.store, signal_of(ref)):
        link = await services.store.change(ref, lambda link: _decided(link, decision, as_seen))
        reach(FaultPoint.DOCUMENT_STORED)
        await services.workflows.signal(ref, "amended", number=link.number)
    return link


def _decided(link: DocumentLink, decision: Ignored, as_seen: str | None) -> DocumentLink:
    before = link.ignored
    if before and (before.who, before.because) == (decision.who, decision.because):
        return link
    return check_as_seen(link, as_seen).let_be(decision)


def checked_reason(because: str) -> str:
    """Return a reason in one line. Raises NotIgnoredError where it is missing or too long."""
    reason = " ".join(because.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise NotIgnoredError(f"Give the reason, of {LONGEST_REASON} characters at most: it is kept and shown.")
    return reason


async def take_up(services: Services, ref: DocumentRef) -> DocumentLink:
    """Take up a document that was left alone; return its link. Raises NotIgnoredError where it is not ignored."""
    before = await services.store.document(ref)
    if before.ignored is None:
        raise NotIgnoredError(f"{before.number or ref} is not ignored.")
    async with owing(services.store, signal_of(ref)):
        link = await services.store.change(ref, DocumentLink.taken_up)
        reach(FaultPoint.DOCUMENT_STORED)
        await services.workflows.signal(ref, "amended", number=link.number)
    return link
