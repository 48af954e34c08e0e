"""The steps of the demo, in order. Each ends when the store shows what the next one needs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date

from demo.audit import AuditedDocument, PlayedDocument, audit
from demo.month import CUSTOMERS, UNLINKED, Scenario, month
from demo.people import BillingClerk, Bookkeeper
from xerosync.cli.reconcile import last_findings, run_reconcile
from xerosync.cli.reconcile_report import Row
from xerosync.cli.terminal import progress
from xerosync.core.documents import DocumentRef, Kind
from xerosync.documents.client import sweep_now
from xerosync.documents.describe import standing
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState
from xerosync.reconcile.messages import ReconcileInput, ReconcileResult
from xerosync.services import Services

_PATIENCE_SECONDS = 180.0
"""For one step, which takes seconds. After a worker was killed it takes more than a minute until it is certain that the
document it was about to create is not in Xero."""
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Ending:
    """What the demo found at its end: one finding a document, and the calls that the sync made to Xero.

    The product's own reconcile comes after both.
    """

    findings: Sequence[AuditedDocument]
    calls: int
    reconciled: ReconcileResult
    differences: Sequence[Row]


class Demo:
    """Plays the month with a running stack, worker included."""

    def __init__(
        self, services: Services, clerk: BillingClerk, bookkeeper: Bookkeeper, *, account_id: str, first_day: date
    ) -> None:
        self._services = services
        self._clerk = clerk
        self._bookkeeper = bookkeeper
        self._account_id = account_id
        self._first_day = first_day

    async def play(self) -> Ending:
        """Play all steps and return the ending.

        Raises:
            TimeoutError: a step did not end; the message names the document that it waited for.
        """
        customers = await self._link_customers()
        calls_of_people = await self._bookkeeper.calls()
        played = await self._bill(customers)
        await self._release(customers[UNLINKED])
        await self._send(played)
        await self._pay(played)
        calls = await self._bookkeeper.calls() - calls_of_people
        findings = await audit(self._services, self._clerk, self._bookkeeper, played)
        progress.print("6. Both systems are reconciled, every document with every one")
        await run_reconcile(self._services, ReconcileInput(account_id=self._account_id))
        return Ending(findings, calls, *await last_findings(self._services, self._account_id))

    async def _link_customers(self) -> list[str]:
        progress.print(f"1. {len(CUSTOMERS)} customers in Sequence, and as contacts in Xero; all but one are linked")
        return await asyncio.gather(*(self._link_customer(place) for place in range(len(CUSTOMERS))))

    async def _link_customer(self, place: int) -> str:
        name = CUSTOMERS[place][0]
        customer = await self._clerk.customer(place)
        contact_id = await self._bookkeeper.contact(name, customer["contacts"][0]["email"])
        if place == UNLINKED:
            self._late_contact = contact_id
        else:
            await self._services.linking().link(self._account_id, customer["id"], contact_id, name)
        return customer["id"]

    async def _bill(self, customers: Sequence[str]) -> list[PlayedDocument]:
        documents = month(self._first_day)
        progress.print(f"2. {len(documents)} invoices and credit notes in GBP, EUR and USD are finalized in Sequence")
        played: list[PlayedDocument] = []
        for billed in documents:
            document = await self._clerk.bill(billed, customers[billed.customer])
            number = document.get("invoiceNumber" if billed.kind == "invoice" else "creditNoteNumber")
            one = PlayedDocument(billed, self._account_id, document["id"], str(number))
            played.append(one)
        await self._signal(played, "finalized")
        wanted = {
            one.document_id: SyncState.HELD if one.billed.customer == UNLINKED else SyncState.PUSHED for one in played
        }
        await self._until(wanted)
        pushed = [link for link in await self._links() if link.state is SyncState.PUSHED and link.xero]
        dates = sorted({f"{link.xero.issue_date}" for link in pushed if link.xero})
        progress.print(f"   {len(pushed)} are in Xero, dated {', '.join(dates)}, not sent")
        return played

    async def _release(self, customer_id: str) -> None:
        held = [link for link in await self._links() if link.current_hold]
        for link in held:
            if link.current_hold:
                progress.print(f"3. {link.number} waits: {link.current_hold.sentence()}")
        name = CUSTOMERS[UNLINKED][0]
        await self._services.linking().link(self._account_id, customer_id, self._late_contact, name)
        await self._until({link.ref.document_id: SyncState.PUSHED for link in held})
        progress.print(f"   {name} is linked: {', '.join(str(link.number) for link in held)} went by itself")

    async def _send(self, played: Sequence[PlayedDocument]) -> None:
        by_scenario = {scenario: [one for one in played if one.billed.scenario is scenario] for scenario in Scenario}
        progress.print(
            f"4. {len(by_scenario[Scenario.SENT_IN_SEQUENCE])} are sent in Sequence, "
            f"{len(by_scenario[Scenario.SENT_IN_XERO])} are marked sent in Xero, "
            f"{len(by_scenario[Scenario.VOIDED])} is voided"
        )
        for one in by_scenario[Scenario.SENT_IN_SEQUENCE]:
            await self._clerk.send(one.billed.kind, one.document_id)
        await self._signal(by_scenario[Scenario.SENT_IN_SEQUENCE], "sent")
        for one in by_scenario[Scenario.VOIDED]:
            await self._clerk.void(one.billed.kind, one.document_id)
        await self._signal(by_scenario[Scenario.VOIDED], "voided")
        links = {link.ref.document_id: link for link in await self._links()}
        for one in by_scenario[Scenario.SENT_IN_XERO]:
            xero = links[one.document_id].xero
            if xero is not None:
                await self._bookkeeper.mark_sent(one.billed.kind, xero.xero_id)
        await sweep_now(self._services.temporal, self._account_id)
        ends = {Scenario.VOIDED: SyncState.VOIDED, Scenario.LEFT: SyncState.PUSHED}
        await self._until({one.document_id: ends.get(one.billed.scenario, _sent(one)) for one in played})

    async def _pay(self, played: Sequence[PlayedDocument]) -> None:
        links = {link.ref.document_id: link for link in await self._links()}
        unpaid = [links[one.document_id] for one in played if links[one.document_id].state is SyncState.SENT]
        progress.print(f"5. The customers pay: {len(unpaid)} invoices are paid in Xero, which is reported to Sequence")
        for link in unpaid:
            if link.xero is not None:
                await self._bookkeeper.pay(link.xero.xero_id)
        await sweep_now(self._services.temporal, self._account_id)
        await self._until({link.ref.document_id: SyncState.SETTLED for link in unpaid})

    async def _signal(self, played: Sequence[PlayedDocument], name: str) -> None:
        """Signal at once, as a billing run does."""
        refs = [
            DocumentRef(account_id=each.account_id, kind=each.billed.kind, document_id=each.document_id)
            for each in played
        ]
        await asyncio.gather(*(self._services.workflows.signal(ref, name) for ref in refs))

    async def _links(self) -> Sequence[DocumentLink]:
        return await self._services.store.documents(account_id=self._account_id, limit=1000)

    async def _until(self, wanted: dict[str, SyncState]) -> None:
        links: dict[str, DocumentLink] = {}

        def stuck() -> list[str]:
            missing = [each for each, state in wanted.items() if each not in links or links[each].state is not state]
            return [standing(links[each]) if each in links else f"{each} is not known" for each in missing]

        async def reached() -> bool:
            links.update({link.ref.document_id: link for link in await self._links()})
            return not stuck()

        await _wait(reached, lambda: "\n".join([f"{len(stuck())} documents did not get there:", *stuck()[:5]]))


def _sent(played: PlayedDocument) -> SyncState:
    """Return the state of a document once it is sent: an invoice stays open until it is paid."""
    return SyncState.SENT if played.billed.kind is Kind.INVOICE else SyncState.SETTLED


async def _wait(reached: Callable[[], Awaitable[bool]], problem: Callable[[], str]) -> None:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await reached():
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError as error:
        raise TimeoutError(problem()) from error
