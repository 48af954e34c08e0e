"""The Xero side of a sweep: one poll of an organisation for all that changed there. So "sent in Xero" is learnt."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.clock import utc_now
from xerosync.core.documents import Kind
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import PLACEHOLDER, Payment, XeroDocument
from xerosync.documents.hold_probes import HoldProbes
from xerosync.documents.hook_watch import HookWatch
from xerosync.documents.lifecycle import is_reported, newest, only_awaits_payment
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState, XeroSweepResult
from xerosync.documents.payments import Reporter
from xerosync.documents.ports import Billing, Books, CallsLeft, Links, Spacings, Workflows
from xerosync.documents.sweep_pacing import rests_until
from xerosync.documents.sweep_spacing import spacing_words
from xerosync.documents.views import XeroView
from xerosync.faultpoints import FaultPoint, reach

OVERLAP = timedelta(minutes=5)
"""How far a sweep looks back behind the last one: for clocks that differ, and stamps that are given late."""

MOST_NAMED = 100
"""Documents that a result names; the log names all."""

_LINKS_AT_ONCE = 1_000

ORIGINS_AT_ONCE = 40
"""How many notes of an origin a sweep writes, each a call: with a sweep every quarter of an hour 3,840 a day."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class XeroSweep:
    """Sweeps organisations. `billing` gets the reports of payments that a sweep sees.

    By `budget` sweeps rest as the calls of the day run out, by `spacings` while Xero's webhook announces changes;
    `usual` is how often to sweep unless the connection says otherwise.
    """

    books: Books
    links: Links
    workflows: Workflows
    billing: Billing
    hold_probes: HoldProbes
    budget: CallsLeft
    spacings: Spacings
    usual: timedelta
    now: Callable[[], datetime] = utc_now

    async def run(self, account_id: str, *, is_announced: bool = False) -> XeroSweepResult:
        """Read what changed in Xero since the last sweep and signal the documents concerned.

        `is_announced`: Xero's webhook announced something that nobody could keep, so the sweep does not rest.

        A kind of document with none open costs no call; nor does one that rests (`hook_watch`) while Xero's webhook
        announced nothing of it. A disconnected account is not swept: its documents are held, and reconnecting releases
        them.
        """
        connection = await self.links.connection(account_id)
        if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
            return XeroSweepResult()
        began = self.now()
        try:
            return await self._swept(connection, is_announced=is_announced)
        except HoldError as error:
            if error.reason is not HoldReason.DISCONNECTED:
                raise
            log.warning("disconnected in Xero", account_id=account_id)
            await self.links.mark_disconnected(account_id, since=began)
            return XeroSweepResult()

    async def _swept(self, connection: Connection, *, is_announced: bool) -> XeroSweepResult:
        """Sweep all kinds that are open; what one of them is refused for is raised once the others are done."""
        total, refused = XeroSweepResult(), None
        # Before all else: what is announced from here on is for the next sweep.
        watch = await HookWatch.begin(self.spacings, connection, self.usual, self.now, is_announced=is_announced)
        kinds = await self.links.open_kinds(connection.account_id)
        cursors = {kind: await self.links.sweep_cursor(connection.account_id, kind) for kind in kinds}
        resting = await self._resting(connection, cursors)
        if resting:
            return resting
        reporter = Reporter(self.billing, self.links, self.now)
        one = _Sweep(connection, self.books, self.links, self.workflows, reporter, watch)
        rests = {kind: until for kind, cursor in cursors.items() if (until := watch.rests_until(cursor))}
        announced = await self._announced_kinds(connection, watch) if rests else frozenset(Kind)
        due = [kind for kind in kinds if kind not in rests or kind in announced]
        if rests and not due and not watch.announcements:
            await self.hold_probes.probe(connection)
            await one.note_origins()
            until, words = min(rests.values()), spacing_words(watch.spacing)
            log.info("sweep rests", account_id=connection.account_id, rests_until=until.isoformat(), words=words)
            return XeroSweepResult(rests_until=until)
        for kind in due:
            try:
                total = _sum(total, await one.kind(kind, self.now()))
            except HoldError as error:
                if error.reason is HoldReason.DISCONNECTED:
                    raise
                refused = error
        await self.hold_probes.probe(connection)
        await one.note_origins()
        await watch.keep_spacing()
        if refused:
            raise refused
        await watch.end()
        log.info("swept", read=total.read, signalled=total.signalled, calls=total.calls)
        return total

    async def _announced_kinds(self, connection: Connection, watch: HookWatch) -> frozenset[Kind]:
        """Return the kinds of what Xero's webhook announced: all kinds where it did not name a document of ours."""
        named = {each.xero_id for each in watch.announcements}
        links = await self.links.in_xero(connection.account_id, sorted(named)) if named else ()
        known = {link.xero.xero_id: link.ref.kind for link in links if link.xero}
        return frozenset(known.values()) if named <= known.keys() else frozenset(Kind)

    async def _resting(self, connection: Connection, cursors: Mapping[Kind, datetime | None]) -> XeroSweepResult | None:
        """Return the result of a sweep that is skipped because few calls are left of the day."""
        left = await self.budget.day_left(connection.tenant_id) if cursors else None
        until = rests_until(left, max((cursor for cursor in cursors.values() if cursor), default=None))
        if until is None or until <= self.now():
            return None
        log.info("sweep skipped", account_id=connection.account_id, day_left=left, rests_until=until.isoformat())
        return XeroSweepResult(rests_until=until, day_left=left)


@dataclass(frozen=True, slots=True)
class _Sweep:
    """One sweep of one organisation."""

    connection: Connection
    books: Books
    links: Links
    workflows: Workflows
    reporter: Reporter
    watch: HookWatch

    async def kind(self, kind: Kind, began: datetime) -> XeroSweepResult:
        """Read one kind of document, of which some are open."""
        account_id = self.connection.account_id
        cursor = await self.links.sweep_cursor(account_id, kind)
        swept = XeroSweepResult()
        # What was settled before the first sweep of its kind is open no more, and may be voided by now.
        since = cursor or self.connection.connected_at
        if since:
            swept, listed = await self._changed(kind, since - OVERLAP)
            swept = _sum(swept, await self._announced(kind, self.watch.named - listed))
        if cursor is None or cursor.date() < began.date():
            is_new_week = cursor is None or cursor.isocalendar()[:2] != began.isocalendar()[:2]
            swept = _sum(swept, await self._reread(kind, all_open=is_new_week or not self.watch.is_trusted))
        reach(FaultPoint.BEFORE_CURSOR)
        await self.links.move_sweep_cursor(account_id, kind, began)
        return swept

    async def note_origins(self) -> None:
        """Note the ways back that are owed on credit notes, as long as Xero takes them at once."""
        for link in await self.links.origins_owed(self.connection.account_id, ORIGINS_AT_ONCE):
            if link.xero is None or not await self.books.note_origin(
                self.connection, link.ref, link.number, link.xero.xero_id, by_sweep=True
            ):
                return
            await self.links.change(link.ref, DocumentLink.origin_noted)

    async def _changed(self, kind: Kind, since: datetime) -> tuple[XeroSweepResult, frozenset[str]]:
        """Read what Xero stamped since; return its ids, too. Pages grow with what changed, not with what is open."""
        read = signalled = calls = 0
        listed: set[str] = set()
        async for page in self.books.changed_since(self.connection, kind, since):
            reach(FaultPoint.AFTER_PAGE)
            calls += 1
            read += len(page)
            by_id = {document.xero_id: document for document in page}
            listed.update(by_id)
            for link in await self.links.in_xero(self.connection.account_id, list(by_id)):
                seen = by_id.get(link.xero.xero_id) if link.xero else None
                # Of a settled document it only matters whether it, or its payment, was taken out of the books.
                is_relevant = link.state is not SyncState.SETTLED or (
                    link.ignored is None and seen and (seen.status.is_gone or self._is_taken_back(link, seen))
                )
                if seen and is_relevant:
                    signalled += await self._signal(link, seen)
                elif seen:
                    await self._take_in_amounts(link, seen)
        return XeroSweepResult(read=read, signalled=signalled, calls=calls), frozenset(listed)

    def _is_taken_back(self, link: DocumentLink, seen: XeroDocument) -> bool:
        """Whether an invoice that was paid in full is so no more, where Sequence is to show that."""
        was_paid = link.xero is not None and link.xero.payment is Payment.FULL
        reports = self.connection.report_payments and link.reports_payments
        return reports and was_paid and XeroView.of(seen, None).payment is not Payment.FULL

    async def _announced(self, kind: Kind, xero_ids: Collection[str]) -> XeroSweepResult:
        """Look up what Xero's webhook named and no list showed: marking as sent may call it and leave no stamp."""
        if not xero_ids:
            return XeroSweepResult()
        links = {
            link.xero.xero_id: link
            for link in await self.links.in_xero(self.connection.account_id, sorted(xero_ids))
            if link.xero and link.ref.kind is kind and link.state is not SyncState.SETTLED
        }
        looked_up = await asyncio.gather(*(self._find(link) for link in links.values() if link.number))
        found = [each for each in looked_up if isinstance(each, XeroDocument) and each.xero_id in links]
        signalled = sum([await self._signal(links[document.xero_id], document) for document in found])
        return XeroSweepResult(read=len(found), signalled=signalled)

    async def _reread(self, kind: Kind, *, all_open: bool) -> XeroSweepResult:
        """Read all open documents once a day (UTC), for the edits that Xero does not stamp.

        Nearly all of them are approved and not paid, and come a thousand to a call from the date of the oldest one on.
        What that list lacks was paid, voided or dated back, and is looked up by number, many to a call. Those that only
        wait for their payment are left out unless `all_open` are asked for: a payment is stamped, and announced.
        """
        read = signalled = calls = 0
        passed_over: list[str] = []
        unseen = await self._open_ids(kind, all_open=all_open)
        if not unseen:
            return XeroSweepResult()
        dates = [each for each in unseen.values() if each]
        async for page in self.books.unpaid_since(self.connection, kind, min(dates, default=PLACEHOLDER)):
            reach(FaultPoint.AFTER_PAGE)
            calls += 1
            read += len(page)
            shown = {document.xero_id: document for document in page if document.xero_id in unseen}
            for link in await self._open(kind, shown):
                if link.xero:
                    signalled += await self._signal(link, shown[link.xero.xero_id])
            for xero_id in shown:
                del unseen[xero_id]
        missing = list(unseen)
        for first in range(0, len(missing), _LINKS_AT_ONCE):
            links = await self._open(kind, missing[first : first + _LINKS_AT_ONCE])
            by_id = {link.xero.xero_id: link for link in links if link.xero and link.number}
            for document in await asyncio.gather(*(self._find(link) for link in by_id.values())):
                if isinstance(document, XeroDocument) and document.xero_id in by_id:
                    read += 1
                    signalled += await self._signal(by_id[document.xero_id], document)
                elif isinstance(document, str):
                    passed_over.append(document)
        return XeroSweepResult(read=read, signalled=signalled, calls=calls, passed_over=tuple(passed_over[:MOST_NAMED]))

    async def _open_ids(self, kind: Kind, *, all_open: bool) -> dict[str, date | None]:
        """Return the Xero ids of open documents, each with its date there; no link stays in memory."""
        found: dict[str, date | None] = {}
        after, account_id, tenant_id = "", self.connection.account_id, self.connection.tenant_id
        while links := await self.links.waiting(account_id, kind, after=after, limit=_LINKS_AT_ONCE):
            after = links[-1].ref.document_id
            for link in links:
                is_here = not link.is_elsewhere(tenant_id)
                if link.xero and is_here and (all_open or not only_awaits_payment(link.known)):
                    found[link.xero.xero_id] = link.xero.issue_date
        return found

    async def _open(self, kind: Kind, xero_ids: Collection[str]) -> list[DocumentLink]:
        """Return the links of documents that are still open; no more at once than stand on a page of Xero's."""
        links = await self.links.in_xero(self.connection.account_id, list(xero_ids)) if xero_ids else ()
        return [link for link in links if link.ref.kind is kind and link.state is not SyncState.SETTLED]

    async def _find(self, link: DocumentLink) -> XeroDocument | str | None:
        """Look a document up; return its number instead where Xero refuses that: the others go on."""
        number = link.number or ""
        try:
            return await self.books.find(self.connection, link.ref.kind, number)
        except HoldError as refusal:
            if refusal.reason is HoldReason.DISCONNECTED:
                raise
            log.warning("document not looked up", document=str(link.ref), number=number, reason=refusal.reason)
            return number

    async def _signal(self, link: DocumentLink, seen: XeroDocument) -> bool:
        """Signal a document's workflow how Xero shows it now if that matters to it, and store that.

        A payment is reported to Sequence before, so that the workflow need not take a step for it. A payment that was
        seen and not reported matters, however often it was seen.
        """
        known = link.xero
        view = XeroView.of(seen, None)
        view = view.with_writes_of(known) if known else view
        latest = newest(known, view) or view
        is_owed = not is_reported(link.known.model_copy(update={"xero": latest}))
        if not (is_owed or matters(known, view, payments=link.reports_payments)):
            await self._take_in_amounts(link, seen)
            return False
        if matters(known, view, payments=True):
            self.watch.note_change(known, view)
        report = await self.reporter.report(link.ref, view)
        latest = report.view

        def take_in(link: DocumentLink) -> DocumentLink:
            now = link.seen(latest).showing(seen)
            return now.reported(latest) if report.was_made else now

        # The signal first: what is stored counts as signalled, and the sweep that follows a broken one passes it over.
        # Of what changed in Sequence, too, its own step shall read that: it is not said that nothing is owed.
        is_settled = report.was_made and not report.is_changed
        told = latest.as_reported() if is_settled else latest
        await self.workflows.signal(link.ref, "changed_in_xero", told, number=link.number)
        reach(FaultPoint.AFTER_SIGNAL)
        after = await self.links.change(link.ref, take_in)
        if report.was_made and after.xero and not is_reported(after.known):
            # A step of its own reported something else to Sequence at the same time: it must read once more.
            await self.workflows.signal(link.ref, "changed_in_xero", after.xero, number=link.number)
        return True

    async def _take_in_amounts(self, link: DocumentLink, seen: XeroDocument) -> None:
        """Store what is paid of a document for people to see, where that changed; no workflow goes by it."""
        if link.showing(seen) is not link:
            await self.links.change(link.ref, lambda link: link.showing(seen))


def matters(known: XeroView | None, seen: XeroView, *, payments: bool = False) -> bool:
    """Whether a view shows something that the lifecycle goes by: status, sent, dates and, if it does, payments."""
    if known is None:
        return True
    if seen.seen_at <= known.seen_at:
        return False
    passed_over = {"seen_at": known.seen_at} if payments else {"seen_at": known.seen_at, "payment": known.payment}
    return seen.with_writes_of(known).model_copy(update=passed_over) != known


def _sum(one: XeroSweepResult, other: XeroSweepResult) -> XeroSweepResult:
    return XeroSweepResult(
        read=one.read + other.read,
        signalled=one.signalled + other.signalled,
        calls=one.calls + other.calls,
        passed_over=(*one.passed_over, *other.passed_over)[:MOST_NAMED],
    )
