"""A reconcile of one account: compare the lists, check each difference again by itself, signal, and count.

What Xero lists waits in the store, so that memory holds a page of each side, however large the organisation is. Xero is
read before Sequence, so a document that is created meanwhile is at worst one too many in Sequence. What changes
while the lists are read looks different, so every finding is uncertain until it was checked again by itself. Findings
go to the store, counts to the workflow.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

import structlog

from xerosync.connection.connection import ConnectionStatus
from xerosync.core.clock import utc_now
from xerosync.core.errors import HoldError
from xerosync.core.gathering import some_at_once
from xerosync.core.holds import HoldReason
from xerosync.documents.ports import Billing, Books, Links, Workflows
from xerosync.reconcile.compare import SIGNALS, compare, unlinked, unreadable
from xerosync.reconcile.findings import Finding, Severity
from xerosync.reconcile.messages import (
    CheckedAgain,
    Compared,
    CompareInput,
    ConcludeInput,
    ReconcileResult,
    RunInput,
    Tally,
)
from xerosync.reconcile.pairs import BothSides
from xerosync.reconcile.ports import Listing, ReconcileStore
from xerosync.reconcile.reading import SidesReader

MOST_CREATED_IN_XERO = 1000
"""Documents created in Xero that a run lists, of each kind; all of them are counted."""

_AT_ONCE = 50
"""Look-ups by number share calls, so many to each."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Reconciler:
    """Compares both companies. `billing` and `books` ask in the bulk lane."""

    billing: Billing
    books: Books
    links: Links
    store: ReconcileStore
    workflows: Workflows

    async def compare(self, asked: CompareInput) -> Compared:
        """Compare all documents of a kind by lists: a call to Xero for a thousand, one to Sequence for a hundred.

        The findings are uncertain. An account that is not connected is not compared.
        """
        account_id, began = asked.account_id, utc_now()
        reader = await self._reader(account_id)
        if reader is None:
            return Compared(is_connected=False)
        await self.store.begin(account_id, asked.run_id, asked.kind)
        # Its own for each attempt: one that Temporal gave up may still take from its own.
        listing = Listing(account_id, asked.run_id, secrets.token_hex(16))
        try:
            in_xero, calls = await reader.list_xero(asked.kind, listing)
        except HoldError as error:
            await self._disconnected(error, account_id, began)
            return Compared(is_connected=False)
        compared = Compared(in_xero=in_xero, calls=calls)
        after: str | None = None
        while True:
            page = await self.billing.page(asked.kind, account_id, after)
            sides = await reader.from_lists(asked.kind, page, listing)
            found = [unreadable(account_id, asked.kind, each) for each in page.unreadable]
            found += [finding for each in sides if not _is_left_out(each, asked.since) and (finding := compare(each))]
            await self.store.keep(account_id, asked.run_id, found, uncertain=True)
            compared += Compared(
                in_sequence=sum(each.document.status in SIGNALS for each in sides),
                uncertain=len(found),
                origins_owed=sum(each.link.origin_owed for each in sides),
            )
            after = page.after
            if after is None:
                return compared + await self._keep_rest(asked, reader, listing)

    async def check_again(self, run: RunInput) -> CheckedAgain:
        """Check each uncertain finding by itself and keep what still differs.

        A finding whose workflow was signalled stays uncertain as long as what differs is something that a signal can
        fix: nobody waits for the rest.
        """
        began, reader = utc_now(), await self._reader(run.account_id)
        uncertain = await self.store.findings(run.account_id, run.run_id, uncertain=True)
        if reader is None:
            return CheckedAgain(differ=len(uncertain))

        async def check(before: Finding) -> bool:
            try:
                after = await reader.check_again(before)
            except HoldError as refusal:
                if refusal.reason is HoldReason.DISCONNECTED:
                    raise
                log.warning("finding not checked again", document=str(before.ref), reason=refusal.reason)
                after = before
            if before.signalled:
                source, update = (after, {"signalled": True}) if after else (before, {"is_fixed": True})
                after = source.model_copy(update=update)
            differs = after is not None and after.verdict is Severity.DIFFERENCE
            if before.signalled and after is not None:
                differs = differs and after.fix is not None
            uncertain = before.signalled and differs
            await self.store.replace(run.account_id, run.run_id, before, after, uncertain=uncertain)
            return differs

        try:
            return CheckedAgain(checked=len(uncertain), differ=sum(await some_at_once(check, uncertain, _AT_ONCE)))
        except HoldError as error:
            await self._disconnected(error, run.account_id, began)
            return CheckedAgain(differ=len(uncertain))

    async def signal(self, run: RunInput) -> int:
        """Send the workflow of each document that is out of step what it missed; return how many were signalled.

        Only the workflow writes, by its own rules: no person's edit is overwritten, nothing is created twice.
        """

        async def send(finding: Finding) -> bool:
            ref, fix = finding.ref, finding.fix
            if ref is None or fix is None or finding.signalled or finding.verdict is not Severity.DIFFERENCE:
                return False
            if fix.view:
                await self.workflows.signal(ref, "changed_in_xero", fix.view, number=finding.number)
            if fix.signal:
                await self.workflows.signal(ref, fix.signal, number=finding.number)
            signalled = finding.model_copy(update={"signalled": True})
            await self.store.replace(run.account_id, run.run_id, finding, signalled, uncertain=True)
            return True

        found = await self.store.findings(run.account_id, run.run_id)
        return sum(await some_at_once(send, found, _AT_ONCE))

    async def conclude(self, run: ConcludeInput) -> ReconcileResult:
        """Count what was found and make this the account's last run."""
        found = await self.store.findings(run.account_id, run.run_id)
        verdicts = [finding.verdict for finding in found if not finding.is_created_in_xero]
        tally = Tally(
            differences=verdicts.count(Severity.DIFFERENCE),
            alarms=sum(finding.is_alarm for finding in found),
            holds=verdicts.count(Severity.HOLD),
            manual_edits=verdicts.count(Severity.MANUAL_EDIT),
            left_behind=verdicts.count(Severity.LEFT_BEHIND),
            ignored=verdicts.count(Severity.IGNORED),
            fixed=verdicts.count(Severity.FIXED),
        )
        result = ReconcileResult(
            compared=run.compared,
            tally=tally,
            fix=run.fix,
            signalled=sum(finding.signalled for finding in found),
            ended_at=utc_now(),
        )
        await self.store.forget_listed(run.account_id)
        await self.store.end(run.account_id, run.run_id, result)
        write = log.error if tally.alarms else log.info if result.in_step else log.warning
        write("reconciled", in_sequence=run.compared.in_sequence, **tally.model_dump())
        return result

    async def _reader(self, account_id: str) -> SidesReader | None:
        """Return the reader of an account's two sides; None where it is not connected."""
        connection = await self.links.connection(account_id)
        if connection is None or connection.status is not ConnectionStatus.CONNECTED:
            return None
        return SidesReader(self.billing, self.books, self.links, self.store, connection)

    async def _disconnected(self, error: HoldError, account_id: str, began: datetime) -> None:
        """Note that Xero refused access to the account; raise any other refusal again."""
        if error.reason is not HoldReason.DISCONNECTED:
            raise error
        await self.links.mark_disconnected(account_id, since=began)

    async def _keep_rest(self, asked: CompareInput, reader: SidesReader, listing: Listing) -> Compared:
        """Keep the documents of Xero for which Sequence has none."""
        compared = Compared()
        async for page in reader.rest(listing):
            rest = [finding for each in page if (finding := unlinked(each, asked.account_id))]
            created = [finding for finding in rest if finding.is_created_in_xero]
            lost = [finding for finding in rest if not finding.is_created_in_xero]
            listed = created[: max(0, MOST_CREATED_IN_XERO - compared.created_in_xero)]
            await self.store.keep(asked.account_id, asked.run_id, listed, uncertain=False)
            await self.store.keep(asked.account_id, asked.run_id, lost, uncertain=True)
            compared += Compared(created_in_xero=len(created), uncertain=len(lost))
        return compared


def _is_left_out(sides: BothSides, since: date | None) -> bool:
    """Whether a document was issued before `since` and was never signalled."""
    issued = sides.document.issue_date
    return bool(since and issued and issued < since and sides.link.sequence is None)
