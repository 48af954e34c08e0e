"""Xero calls over a month of 10,000 documents: pushed in one burst, sent, swept every hour, re-read every day.

Nothing is left out but Temporal: the product's own activities, batches, budget and sweep work against the stand-ins,
by a clock that is moved. Of the documents eight in ten are sent in Sequence in a second burst, one in ten is marked as
sent in Xero, a few every hour from nine to five on weekdays, and one in ten stays open all month. Documents arrive as
fast as Sequence's limit lets them be read.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from activities.sweep import SweepActivities
from benchmarks import people
from benchmarks.figures import Figure
from benchmarks.house import House, house
from benchmarks.virtual import start_of_month
from xerosync.model import lifecycle
from xerosync.model.documents import DocumentRef, Kind
from xerosync.model.errors import RetryLaterError
from xerosync.model.lifecycle import Step
from xerosync.model.links import DocumentLink
from xerosync.model.messages import Known, Outcome, StepInput, SweepInput, SyncState, XeroView
from xerosync.xero import Lane

TITLE = "Xero calls over a month"
DAYS = 30
_PUSHED_A_SECOND = 12
_SENT_A_SECOND = 24
_SATURDAY = 5
_OFFICE_HOURS = range(9, 17)
_RETRY = timedelta(seconds=2)
_WORDS = {
    "PUT": "create",
    "POST": "write dates and sent",
    "GET": "sweeps, daily re-reads and look-ups",
}


async def measure(documents: int = 10_000, days: int = DAYS) -> list[Figure]:
    """Live through a month."""
    async with house() as at, at.time.passing():
        at.time.clock.set(start_of_month())
        refs = await at.bill(documents)
        month = _Month(at, days)
        await month.live_through(refs)
        calls = await people.calls(at.xero)
        open_at_the_end = [link for link in await _links(at) if link.state is not SyncState.SETTLED]
    spent = people.spent(calls)
    by_kind: Counter[str] = Counter()
    for name, times in calls.items():
        by_kind[name.split(" ", 1)[0] if "History" not in name else "notes"] += times
    polls = documents * days * 24
    return [
        Figure(f"{documents:,} documents, {days} days: Xero calls", spent),
        Figure("Xero calls a document", spent / documents, at_most=0.3),
        *(Figure(f"   of these: {_WORDS.get(method, method)}", times) for method, times in sorted(by_kind.items())),
        Figure("   of these: hourly sweeps, with daily re-reads", month.swept, note=f"{month.sweeps} sweeps"),
        Figure("refused with 429", people.spent(calls, status=429), at_most=0),
        Figure("documents open at the end", len(open_at_the_end), note="one in ten is not sent in that month"),
        Figure(
            "one poll per document and hour instead",
            polls,
            note=f"arithmetic: {polls / documents:,.0f} calls a document",
        ),
    ]


def _people_work(at: datetime) -> bool:
    return at.weekday() < _SATURDAY and at.hour in _OFFICE_HOURS


async def _links(at: House) -> list[DocumentLink]:
    return list(await at.store.documents(account_id=at.account_id, limit=10**9))


@dataclass
class _Month:
    """One month, hour by hour."""

    at: House
    days: int
    known: dict[DocumentRef, Known] = field(default_factory=dict)
    swept: int = 0
    sweeps: int = 0

    def __post_init__(self) -> None:
        books = self.at.gateway.books(Lane.SWEEP)
        self._sweep = SweepActivities(books=books, links=self.at.store, workflows=self, now=self.at.time.now)
        steps = self.at.documents()
        self._steps: dict[Step, Callable[[StepInput], Awaitable[Outcome]]] = {
            Step.PUSH: steps.push_document,
            Step.APPLY_SENT: steps.apply_sent,
            Step.REPORT_SENT: steps.report_sent,
        }
        self._told: list[asyncio.Task[None]] = []

    async def live_through(self, refs: list[DocumentRef]) -> None:
        """Push all, send most on the next day, sweep every hour, mark some in Xero on the way."""
        await self._burst(refs, "finalized", _PUSHED_A_SECOND)
        in_sequence = [ref for place, ref in enumerate(refs) if place % 10 < 8]
        marked = [ref for place, ref in enumerate(refs) if place % 10 == 8]
        hours = self.days * 24
        at_work = [hour for hour in range(hours) if _people_work(start_of_month() + timedelta(hours=hour + 1))]
        for hour in range(hours):
            await self.at.time.sleep(3600)
            if hour == 24:
                await self._burst(in_sequence, "sent", _SENT_A_SECOND)
            if hour in at_work:
                for ref in marked[at_work.index(hour) :: len(at_work)]:
                    await self._mark_in_xero(ref)
            self.swept += (await self._sweep.sweep_documents(SweepInput(account_id=self.at.account_id))).calls
            self.sweeps += 1
            await asyncio.gather(*self._told)
            self._told.clear()

    async def signal(self, ref: DocumentRef, name: str, payload: XeroView | None = None) -> None:
        """Tell a document what a sweep saw, as its workflow would hear it."""
        assert name == "changed_in_xero"
        assert payload is not None
        self.known[ref] = lifecycle.saw_xero(self.known[ref], payload)
        self._told.append(asyncio.create_task(self._go_on(ref)))

    async def _burst(self, refs: list[DocumentRef], name: str, a_second: int) -> None:
        began, going = self.at.time.now(), []
        for second, first in enumerate(range(0, len(refs), a_second)):
            await self.at.time.until(began + timedelta(seconds=second))
            for ref in refs[first : first + a_second]:
                if name == "sent":
                    await people.send(self.at.sequence, ref)
                self.known[ref] = lifecycle.hinted(self.known.get(ref, Known()))
                going.append(asyncio.create_task(self._go_on(ref), name=f"{name} {ref}"))
        await asyncio.gather(*going)

    async def _go_on(self, ref: DocumentRef) -> None:
        """Perform step after step, as the document's workflow does."""
        while (step := lifecycle.next_step(self.known[ref])) not in (Step.WAIT, Step.SETTLE):
            known = self.known[ref]
            try:
                outcome = await self._steps[step](StepInput(ref=ref, xero=known.xero))
            except RetryLaterError as error:
                await self.at.time.sleep((error.retry_after or _RETRY).total_seconds())
                continue
            self.known[ref] = lifecycle.learned(self.known[ref], outcome, hints_read=known.hints)

    async def _mark_in_xero(self, ref: DocumentRef) -> None:
        link = await self.at.store.document(ref)
        assert link.xero is not None
        path = "Invoices" if ref.kind is Kind.INVOICE else "CreditNotes"
        (await self.at.xero.post(f"/_sandbox/{path}/{link.xero.xero_id}/sent", json={})).raise_for_status()
