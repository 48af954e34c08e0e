"""`retry --hold`: release all documents that one hold keeps, behind everybody who waits for a document now."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from xerosync.cli.terminal import console, print_json, progress
from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.documents.messages import Release
from xerosync.documents.timeline import asked
from xerosync.services import Services

_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class HeldFilter:
    """Which documents: those of one hold, of one account or customer where these are named."""

    reason: HoldReason
    account: str | None = None
    customer: str | None = None


async def retry_held(services: Services, held: HeldFilter, *, as_json: bool) -> None:
    """Release what a hold keeps, page by page, in the bulk lane; what is held again meanwhile is not told twice."""
    told = 0
    columns = (TextColumn("Releasing"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=progress, transient=True, disable=not progress.is_terminal) as bar:
        counts = await services.store.counts(held.account)
        of_all = sum(count.documents for count in counts if count.hold is held.reason)
        task = bar.add_task("", total=None if held.customer else of_all)
        after: DocumentRef | None = None
        while page := await services.store.held_page(held.reason, held.account, held.customer, after=after):
            await _release(services, held.reason, page)
            told, after = told + len(page), page[-1]
            bar.update(task, completed=told)
    if as_json:
        print_json({"hold": held.reason, "released": told})
    elif told:
        console.print(f"{told} document{'' if told == 1 else 's'} held as {held.reason} told to try again.")
    else:
        console.print(f"Nothing is held as {held.reason}{' there' if held.account or held.customer else ''}.")


async def _release(services: Services, reason: HoldReason, page: Sequence[DocumentRef]) -> None:
    async def release(ref: DocumentRef) -> None:
        await services.store.tell(ref, asked(f"retry --hold {reason}"))
        await services.workflows.signal(ref, "release", Release(reason=reason, lane=Lane.BULK))

    for start in range(0, len(page), _AT_ONCE):
        await asyncio.gather(*(release(ref) for ref in page[start : start + _AT_ONCE]))
