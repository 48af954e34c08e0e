"""Both systems compared, document by document: lists first, then each one that differs once more by itself.

Xero is read before Sequence, so a document that is new meanwhile is at worst one too many in Sequence. What changed
while the lists were read looks different; the second look tells. Findings go to the store, counts to the workflow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import structlog
from temporalio import activity

from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.documents import Document, DocumentRef, Kind
from xerosync.core.errors import HoldError, MissingError
from xerosync.core.gathering import some_at_once
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import XeroDocument
from xerosync.documents.link import DocumentLink
from xerosync.reconcile.compare import BothSides, XeroSummary, compare, stray, unreadable
from xerosync.reconcile.findings import HINTS, Aspect, Finding, FoundInXero, Severity
from xerosync.reconcile.messages import (
    Compared,
    CompareInput,
    ConcludeInput,
    LookedAgain,
    ReconcileResult,
    RunInput,
    Tally,
)
from xerosync.reconcile.ports import Connections, Findings, Ledger, Lists, ReconcileSignals
from xerosync.reconcile.xero_index import XeroIndex

MOST_TYPED_IN = 1000
"""Documents made in Xero alone that a run lists, of each kind; all of them are counted."""

_AT_ONCE = 50
"""Look-ups by number share calls, so many to each."""

log = structlog.get_logger()


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ReconcileActivities:
    """Activities of a reconcile. `lists` and `ledger` ask in the bulk lane."""

    lists: Lists
    ledger: Ledger
    connections: Connections
    findings: Findings
    workflows: ReconcileSignals
    now: Callable[[], datetime] = _utc_now

    @activity.defn
    async def compare_documents(self, asked: CompareInput) -> Compared:
        """Compare all documents of a kind by lists: a call to Xero for a thousand, one to Sequence for a hundred.

        What is found is doubtful still. An account that is not connected is not compared.
        """
        account_id, began = asked.account_id, self.now()
        connection = await self._connection(account_id)
        if connection is None:
            return Compared(is_connected=False)
        await self.findings.begin(account_id, asked.run_id, asked.kind)
        try:
            shelf, calls = await self._shelf(connection, asked.kind)
        except HoldError as error:
            await self._lost(error, account_id, began)
            return Compared(is_connected=False)
        in_xero, in_sequence, doubtful, origins_owed = len(shelf), 0, 0, 0
        after: str | None = None
        while True:
            page = await self.lists.page(asked.kind, account_id, after)
            found = [unreadable(account_id, asked.kind, each) for each in page.unreadable]
            for each in page.unreadable:
                shelf.take_all_of(each)
            for sides in await self._page_of_sides(connection, asked, page.documents, shelf):
                in_sequence += sides.document.status in HINTS
                origins_owed += sides.link.origin_owed
                finding = None if _is_left_out(sides, asked.since) else compare(sides)
                if finding:
                    found.append(finding)
            await self.findings.keep(account_id, asked.run_id, found, doubtful=True)
            doubtful += len(found)
            after = page.after
            if after is None:
                break
        strays = [finding for shown in shelf.rest() if (finding := stray(shown, account_id))]
        typed_in = [finding for finding in strays if finding.is_typed_in]
        lost = [finding for finding in strays if not finding.is_typed_in]
        await self.findings.keep(account_id, asked.run_id, typed_in[:MOST_TYPED_IN], doubtful=False)
        await self.findings.keep(account_id, asked.run_id, lost, doubtful=True)
        return Compared(
            in_sequence=in_sequence,
            in_xero=in_xero,
            calls=calls,
            typed_in=len(typed_in),
            doubtful=doubtful + len(lost),
            origins_owed=origins_owed,
        )

    @activity.defn
    async def look_again(self, run: RunInput) -> LookedAgain:
        """Look at each doubtful finding singly. What still differs stays; what was told to mend stays doubtful."""
        began, connection = self.now(), await self._connection(run.account_id)
        doubtful = await self.findings.findings(run.account_id, run.run_id, doubtful=True)
        if connection is None:
            return LookedAgain(differ=len(doubtful))

        async def look(before: Finding) -> bool:
            try:
                after = await self._again(connection, before)
            except HoldError as refusal:
                if refusal.reason is HoldReason.DISCONNECTED:
                    raise
                log.warning("finding not looked at again", document=str(before.ref), reason=refusal.reason)
                after = before
            if before.told:
                if after is None:
                    after = before.model_copy(update={"is_mended": True})
                else:
                    after = after.model_copy(update={"told": True})
            differs = after is not None and after.verdict is Severity.DIFFERENCE
            await self.findings.replace(run.account_id, run.run_id, before, after, doubtful=before.told and differs)
            return differs

        try:
            return LookedAgain(looked=len(doubtful), differ=sum(await some_at_once(look, doubtful, _AT_ONCE)))
        except HoldError as error:
            await self._lost(error, run.account_id, began)
            return LookedAgain(differ=len(doubtful))

    @activity.defn
    async def tell_workflows(self, run: RunInput) -> int:
        """Tell the workflow of each document that is out of step what it missed; return how many were told.

        It alone writes, by its own rules: no person's edit is overwritten, nothing is created twice.
        """
        found = await self.findings.findings(run.account_id, run.run_id)

        async def tell(finding: Finding) -> bool:
            ref, mend = finding.ref, finding.mend
            if ref is None or mend is None or finding.told or finding.verdict is not Severity.DIFFERENCE:
                return False
            if mend.view:
                await self.workflows.signal(ref, "changed_in_xero", mend.view)
            if mend.hint:
                await self.workflows.signal(ref, mend.hint)
            told = finding.model_copy(update={"told": True})
            await self.findings.replace(run.account_id, run.run_id, finding, told, doubtful=True)
            return True

        return sum(await some_at_once(tell, found, _AT_ONCE))

    @activity.defn
    async def conclude(self, run: ConcludeInput) -> ReconcileResult:
        """Count what was found and make this the account's last run."""
        found = await self.findings.findings(run.account_id, run.run_id)
        verdicts = [finding.verdict for finding in found if not finding.is_typed_in]
        tally = Tally(
            differences=verdicts.count(Severity.DIFFERENCE),
            alarms=sum(finding.is_alarm for finding in found),
            holds=verdicts.count(Severity.HOLD),
            own_edits=verdicts.count(Severity.OWN_EDIT),
            ignored=verdicts.count(Severity.IGNORED),
            mended=verdicts.count(Severity.MENDED),
        )
        told = sum(finding.told for finding in found)
        result = ReconcileResult(compared=run.compared, tally=tally, fix=run.fix, told=told, ended_at=self.now())
        await self.findings.end(run.account_id, run.run_id, result)
        tell = log.error if tally.alarms else log.info if result.in_step else log.warning
        tell("reconciled", in_sequence=run.compared.in_sequence, **tally.model_dump())
        return result

    async def _connection(self, account_id: str) -> Connection | None:
        connection = await self.connections.connection(account_id)
        return connection if connection and connection.status is ConnectionStatus.CONNECTED else None

    async def _lost(self, error: HoldError, account_id: str, began: datetime) -> None:
        """Note that Xero did not let us in; any other refusal goes on as it is."""
        if error.reason is not HoldReason.DISCONNECTED:
            raise error
        await self.connections.mark_disconnected(account_id, since=began)

    async def _shelf(self, connection: Connection, kind: Kind) -> tuple[XeroIndex, int]:
        """Return all that Xero lists of a kind, and how many calls it took."""
        shelf, calls = XeroIndex(), 0
        async for page in self.ledger.changed_since(connection, kind, None):
            calls += 1
            shelf.put(await self._shown(connection, kind, page))
        return shelf, calls

    async def _shown(self, connection: Connection, kind: Kind, found: Sequence[XeroDocument]) -> list[XeroSummary]:
        claims = await self.findings.claims(connection.tenant_id, kind, [each.xero_id for each in found])
        return [XeroSummary.of(each, self.ledger.origin(each), claims.get(each.xero_id)) for each in found]

    async def _page_of_sides(
        self, connection: Connection, asked: CompareInput, documents: Sequence[Document], shelf: XeroIndex
    ) -> list[BothSides]:
        account_id = asked.account_id
        links = await self.findings.links(account_id, asked.kind, [each.id for each in documents])
        contacts = await self.findings.contacts(account_id, sorted({each.customer_id for each in documents}))
        return [
            BothSides(
                document=each,
                shown=shelf.take(each, links[each.id]),
                link=links[each.id],
                contact_id=contacts.get(each.customer_id),
                tenant_id=connection.tenant_id,
            )
            for each in documents
        ]

    async def _again(self, connection: Connection, before: Finding) -> Finding | None:
        """Read both sides of one document afresh and compare; a hold that stands needs no other look, an alarm does."""
        ref, kind = before.ref, before.kind
        if ref is None or any(each.matter is Aspect.UNREADABLE for each in before.differences):
            return before
        link = (await self.findings.links(ref.account_id, kind, [ref.document_id]))[ref.document_id]
        hold = link.current_hold
        if before.verdict is Severity.HOLD and not before.is_alarm and hold and hold.reason is before.hold:
            return before
        document = await self._document(ref)
        if document is None:
            shown = await self._fresh(connection, kind, before.seen)
            strays = (stray(each, ref.account_id) for each in shown if each.xero_id == before.seen[0].xero_id)
            return next(strays, None)
        contacts = await self.findings.contacts(ref.account_id, [document.customer_id])
        linked = link.xero.xero_id if link.xero else None
        return compare(
            BothSides(
                document=document,
                shown=[
                    each
                    for each in await self._fresh(connection, kind, _where(before, document, link))
                    if each.xero_id == linked or (each.document_id is None and each.origin in (None, document.id))
                ],
                link=link,
                contact_id=contacts.get(document.customer_id),
                tenant_id=connection.tenant_id,
            )
        )

    async def _document(self, ref: DocumentRef) -> Document | None:
        try:
            return await self.lists.document(ref)
        except MissingError:
            return None

    async def _fresh(self, connection: Connection, kind: Kind, places: Sequence[FoundInXero]) -> list[XeroSummary]:
        """Read documents of Xero afresh: by number, which shares calls, and by id what has another's number or none."""
        found: dict[str, XeroDocument] = {}
        for place in places:
            numbered = await self.ledger.find(connection, kind, place.number) if place.number else None
            if numbered:
                found[numbered.xero_id] = numbered
            if place.xero_id and place.xero_id not in found:
                try:
                    found[place.xero_id] = await self.ledger.get(connection, kind, place.xero_id)
                except MissingError:
                    continue
        return await self._shown(connection, kind, list(found.values()))


def _where(finding: Finding, document: Document, link: DocumentLink) -> list[FoundInXero]:
    """Return where in Xero a document may be: where it was seen, where its link says, and under its number.

    One that was nowhere when Xero's list was read is there only if the store knows of a create since: no call for it.
    """
    places = {each.xero_id: each for each in finding.seen}
    if link.xero and link.xero.xero_id not in places:
        places[link.xero.xero_id] = FoundInXero(xero_id=link.xero.xero_id, number=document.number or "")
    if not places and link.intent and document.number:
        return [FoundInXero(xero_id="", number=document.number)]
    return list(places.values())


def _is_left_out(sides: BothSides, since: date | None) -> bool:
    """Whether a document that was never heard of is older than what is asked for."""
    issued = sides.document.issue_date
    return bool(since and issued and issued < since and sides.link.sequence is None)
