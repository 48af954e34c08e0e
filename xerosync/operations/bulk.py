"""One act of a person on many documents: asked for, confirmed, and done document by document."""

from dataclasses import dataclass

from xerosync.bulk.client import bulk_workflow_id, go_on_with_bulk, start_bulk
from xerosync.bulk.messages import BulkAct, BulkOutcome, BulkRecord, BulkResult, FrozenDocument
from xerosync.core.errors import MisconfiguredError
from xerosync.core.rate_limits import Lane
from xerosync.core.temporal import RunState, run_state
from xerosync.documents.describe import sentence
from xerosync.documents.link import DocumentLink
from xerosync.documents.selection import Selection
from xerosync.documents.timeline import ChangeCause, cause, caused_by
from xerosync.operations.as_seen import version_of
from xerosync.operations.ignoring import checked_reason, ignore
from xerosync.operations.push_again import go_on_pushing, push_one_again
from xerosync.operations.resyncing import resync
from xerosync.operations.signals import retry
from xerosync.services import Services

_CAUSE = "bulk act"
"""What stands in a document's timeline behind the person's name."""


class AlreadyConfirmedError(MisconfiguredError):
    """Somebody else confirmed the bulk act first."""


async def ask_for(
    services: Services, account_id: str, selection: Selection, act: BulkAct, because: str = ""
) -> BulkRecord:
    """Freeze which documents of a selection an act concerns. Nothing is done to them before somebody confirms it.

    Raises:
        NotIgnoredError: they are to be ignored, and the reason is missing or too long.
    """
    reason = checked_reason(because) if act is BulkAct.IGNORE else ""
    return await services.bulk_acts.freeze(account_id, selection, act, reason, cause().who)


async def confirm(services: Services, account_id: str, bulk_id: str) -> BulkRecord:
    """Confirm a bulk act and start it. Confirming it again changes nothing.

    Raises:
        AlreadyConfirmedError: somebody else did so before.
        MissingError: the account has no such act.
        RetryLaterError: Temporal or the store does not answer; the act is not confirmed.
    """
    by = cause().who
    async with services.bulk_acts.confirming(account_id, bulk_id, by) as confirmed:
        if confirmed:
            # The workflow waits until the confirmation is stored, and ends at once where that fails.
            await start_bulk(services.temporal, account_id, bulk_id)
    if confirmed:
        return confirmed
    record = await services.bulk_acts.get(account_id, bulk_id)
    if record.confirmed_by != by:
        raise AlreadyConfirmedError(
            f"{record.confirmed_by} confirmed this at {record.confirmed_at:%H:%M:%S} UTC, before you: it is done once."
        )
    return record


async def is_interrupted(services: Services, record: BulkRecord) -> bool:
    """Whether an act was confirmed and is not over, and no workflow does what is left of it.

    So it is where Temporal's database was lost, or where somebody terminated the workflow.

    Raises:
        RetryLaterError: Temporal or the store does not answer.
    """
    if not record.is_under_way:
        return False
    if await run_state(services.temporal, bulk_workflow_id(record.account_id, record.bulk_id)) is RunState.RUNNING:
        return False
    # It may have ended between the two looks.
    return (await services.bulk_acts.get(record.account_id, record.bulk_id)).is_under_way


async def go_on(services: Services, account_id: str, bulk_id: str) -> None:
    """Have the rest of an interrupted act done, under the name of whoever confirmed it; one that is over stays so.

    Raises:
        MissingError: the account has no such act.
        RetryLaterError: Temporal or the store does not answer.
    """
    if (await services.bulk_acts.get(account_id, bulk_id)).is_under_way:
        await go_on_with_bulk(services.temporal, account_id, bulk_id)


async def stop(services: Services, account_id: str, bulk_id: str) -> None:
    """Leave the documents of an act alone whose turn has not come.

    Raises:
        RetryLaterError: Temporal or the store does not answer; where it is Temporal, the act is stopped all the same,
            and over once it is stopped again.
    """
    await services.bulk_acts.stop(account_id, bulk_id, cause().who)
    # A workflow ends the act; that of an interrupted one is gone.
    await go_on(services, account_id, bulk_id)


@dataclass(frozen=True)
class BulkDocumentActs:
    """Does the acts, under the name of whoever confirmed them, in the bulk lane."""

    services: Services

    async def perform(self, record: BulkRecord, frozen: FrozenDocument) -> BulkResult:
        """Do it to one document, unless that does not stand any more as it did when the list was frozen.

        Raises:
            XerosyncError: it can't be done; says why.
        """
        link = await self.services.store.document(frozen.ref)
        if refused := _refusal(record, frozen, link):
            return refused
        with caused_by(ChangeCause(who=record.confirmed_by or "", by=_CAUSE)):
            return BulkResult(outcome=BulkOutcome.DONE, words=await self._do(record, frozen, link))

    async def _do(self, record: BulkRecord, frozen: FrozenDocument, link: DocumentLink) -> str:
        match record.act:
            case BulkAct.RETRY | BulkAct.TAKE_UP:
                await retry(self.services, link.ref, as_seen=version_of(link), lane=Lane.BULK)
            case BulkAct.IGNORE:
                await ignore(self.services, link.ref, record.because, as_seen=version_of(link))
            case BulkAct.RESYNC:
                return (await resync(self.services, link.ref, Lane.BULK)).sentence()
            case BulkAct.PUSH_AGAIN if frozen.was_tried:
                await go_on_pushing(self.services, link, Lane.BULK)
            case BulkAct.PUSH_AGAIN:
                await push_one_again(self.services, link.ref, as_seen=version_of(link), lane=Lane.BULK)
        return ""


def _refusal(record: BulkRecord, frozen: FrozenDocument, link: DocumentLink) -> BulkResult | None:
    """Return why nothing is to be done to a document, None where it is."""
    if record.act is BulkAct.RESYNC or frozen.is_still(link):
        return None
    is_begun = frozen.was_tried if record.act is BulkAct.PUSH_AGAIN else frozen.outcome is BulkOutcome.BEGUN
    if is_begun and _may_be_ours(record, link):
        # Whoever began it died: what it did may be stored, and the signal that follows be missing.
        return None
    now = sentence(link.ref, link.known)
    if record.act is not BulkAct.TAKE_UP and link.ignored:
        who = link.ignored.who or "somebody"
        return BulkResult(outcome=BulkOutcome.REFUSED, words=f"Meanwhile {who} ignored it: {link.ignored.because}")
    if _is_over(record, frozen, link):
        return BulkResult(outcome=BulkOutcome.NOTHING_TO_DO, words=f"Not {record.act.concerned} any more. {now}")
    return BulkResult(outcome=BulkOutcome.REFUSED, words=f"It has changed since it was listed. {now}")


def _is_over(record: BulkRecord, frozen: FrozenDocument, link: DocumentLink) -> bool:
    """Whether somebody else did meanwhile what the act would do."""
    match record.act:
        case BulkAct.TAKE_UP:
            return link.ignored is None
        case BulkAct.PUSH_AGAIN:
            return frozen.xero_id is not None and (link.xero is None or link.xero.xero_id != frozen.xero_id)
        case _:
            return link.current_hold is None


def _may_be_ours(record: BulkRecord, link: DocumentLink) -> bool:
    """Whether a document may stand as it does because this act was done to it."""
    if record.act is BulkAct.IGNORE:
        decision = link.ignored
        return decision is not None and (decision.who, decision.because) == (record.confirmed_by, record.because)
    return link.ignored is None
