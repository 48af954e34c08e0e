"""Xero calls over a month of 10,000 documents: pushed in one burst, sent, paid, swept as Xero's webhook allows.

Nothing is left out but Temporal: the product's own activities, batches, budget and sweep work against the stand-ins,
by a clock that is moved. Of the documents eight in ten are sent in Sequence in a second burst, one in ten is marked as
sent in Xero, a few every hour from nine to five on weekdays, and one in ten is not sent all month. Invoices are paid in
Xero between two and six weeks after that, so they are open for weeks; a webhook of Xero has a sweep come at once
whenever somebody did something there in that hour, and echoes what we wrote, so that the sweeps of every quarter of an
hour spread out. Documents arrive as fast as Sequence's limit lets them be read.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks import people
from benchmarks.figures import Figure
from benchmarks.house import House, house
from benchmarks.virtual import start_of_month
from standins.journal import Entry
from tests.doubles.memory_spacings import MemorySpacings
from tests.doubles.sweeps import xero_sweep
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.errors import RetryLaterError
from xerosync.documents import lifecycle
from xerosync.documents.lifecycle import Step
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Known, Outcome, Release, StepInput, SyncState
from xerosync.documents.ports import Echoes
from xerosync.documents.views import XeroView
from xerosync.xero import Lane

TITLE = "Xero calls over a month"
DAYS = 30
_PUSHED_A_SECOND = 12
_SENT_A_SECOND = 24
_TICKS_AN_HOUR = 4
_SATURDAY = 5
_OFFICE_HOURS = range(9, 17)
_RETRY = timedelta(seconds=2)
_PAID_AFTER = 14
_PAID_WITHIN = 28
"""Days after it was sent from which on, and within which, an invoice is paid."""

_FIRST = "sweeps of the Schedule until a person first marked one as sent"
_SPACED = "sweeps of the Schedule after that"
_TRIGGERED = "sweeps that a webhook triggered"
_REREAD = "daily re-reads of all that is open"
_LOOK_UPS = "look-ups by number of what those lack"
_SWEEPS = (_FIRST, _SPACED, _TRIGGERED, _REREAD, _LOOK_UPS)
_WORDS = {
    "PUT": "create",
    "POST": "write dates and sent",
    "GET": "sweeps, daily re-reads and look-ups",
}


async def measure(documents: int = 10_000, days: int = DAYS) -> list[Figure]:
    """Live through a month."""
    async with house(report_payments=True) as at:
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
        Figure("Xero calls a document", spent / documents, at_most=0.22),
        Figure(
            "Xero calls a document, without the first sweeps",
            (spent - month.calls[_FIRST]) / documents,
            note="those until a person first marked one as sent: once in an account's life",
        ),
        *(Figure(f"   of these: {_WORDS.get(method, method)}", times) for method, times in sorted(by_kind.items())),
        *(Figure(f"   of these: {name}", times, note=f"{month.sweeps[name]} of them") for name, times in month.swept),
        Figure("refused with 429", people.spent(calls, status=429), at_most=0),
        Figure("documents open at the end", len(open_at_the_end), note="not sent, or sent and not paid yet"),
        Figure(
            "one poll per document and hour instead",
            polls,
            note=f"arithmetic: {polls / documents:,.0f} calls a document",
        ),
    ]


def _due(sent: list[DocumentRef], hour: int) -> dict[DocumentRef, int]:
    """Return in which hour each of some invoices is paid that were sent in one."""
    return {ref: hour + (_PAID_AFTER + place % _PAID_WITHIN) * 24 for place, ref in enumerate(sent)}


def _what(entry: Entry, sweep: str) -> str:
    """Return what a sweep's call was for."""
    if "DateTime" in entry.query:
        return _REREAD
    return sweep if "if-modified-since" in entry.headers else _LOOK_UPS


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
    signals: dict[DocumentRef, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    sweeps: Counter[str] = field(default_factory=Counter)
    _seen: int = 0
    _echoed: int = 0

    def __post_init__(self) -> None:
        books = self.at.gateway.books(Lane.SWEEP)
        self._spacings = MemorySpacings()
        self._sweep = xero_sweep(
            books, self.at.store, self, self.at.billing, spacings=self._spacings, now=self.at.time.now
        )
        steps = self.at.documents()
        self._steps: dict[Step, Callable[[StepInput], Awaitable[Outcome]]] = {
            Step.PUSH: steps.push_document,
            Step.APPLY_SENT: steps.apply_sent,
            Step.REPORT_SENT: steps.report_sent,
            Step.REPORT_PAYMENT: steps.report_payment,
        }
        self._told: list[asyncio.Task[None]] = []

    @property
    def swept(self) -> list[tuple[str, int]]:
        """The calls of sweeps by what they were for."""
        return [(name, self.calls[name]) for name in _SWEEPS]

    async def live_through(self, refs: list[DocumentRef]) -> None:
        """Push all, send most on the next day, sweep, mark some in Xero and pay most there on the way."""
        await self._burst(refs, "finalized", _PUSHED_A_SECOND)
        in_sequence = [ref for place, ref in enumerate(refs) if place % 10 < 8]
        marked = [ref for place, ref in enumerate(refs) if place % 10 == 8]
        hours = self.days * 24
        at_work = [hour for hour in range(hours) if _people_work(start_of_month() + timedelta(hours=hour + 1))]
        due: dict[DocumentRef, int] = {}
        is_proven = False
        for hour in range(hours):
            for _ in range(_TICKS_AN_HOUR):
                await self.at.time.sleep(3600 / _TICKS_AN_HOUR)
                await self._swept(_SPACED if is_proven else _FIRST)
            if hour == 24:
                await self._burst(in_sequence, "sent", _SENT_A_SECOND)
                due |= _due([ref for ref in in_sequence if ref.kind is Kind.INVOICE], hour)
            if hour in at_work:
                is_proven = True
                acts = marked[at_work.index(hour) :: len(at_work)]
                for ref in acts:
                    await self._in_xero(ref, "sent")
                due |= _due([ref for ref in acts if ref.kind is Kind.INVOICE], hour)
                paid = [ref for ref, at in due.items() if hour >= at]
                for ref in paid:
                    del due[ref]
                    await self._in_xero(ref, "pay")
                if acts or paid:
                    await self._swept(_TRIGGERED)

    async def signal(
        self, ref: DocumentRef, name: str, payload: XeroView | Release | None = None, *, number: str | None = None
    ) -> None:
        """Signal a document what a sweep saw."""
        del number
        assert name == "changed_in_xero"
        assert isinstance(payload, XeroView)
        self.signals[ref] = name
        self.known[ref] = lifecycle.saw_xero(self.known[ref], payload)
        self._told.append(asyncio.create_task(self._go_on(ref)))

    async def _swept(self, name: str) -> None:
        """Sweep once, and count its calls by what they were for."""
        written = sum(self.at.journal.count(method, people.ACCOUNTING) for method in ("PUT", "POST"))
        self._spacings.echoed = Echoes(written - self._echoed, 0)
        if (await self._sweep.run(self.at.account_id)).rests_until:
            return
        self._echoed = written
        fresh = [entry for entry in self.at.journal.entries("GET", people.ACCOUNTING) if entry.seq > self._seen]
        self._seen = max((entry.seq for entry in fresh), default=self._seen)
        whats = Counter(_what(entry, name) for entry in fresh)
        self.calls += whats
        self.sweeps.update({name, *whats})
        await asyncio.gather(*self._told)
        self._told.clear()

    async def _burst(self, refs: list[DocumentRef], name: str, a_second: int) -> None:
        began, going = self.at.time.now(), []
        for second, first in enumerate(range(0, len(refs), a_second)):
            await self.at.time.until(began + timedelta(seconds=second))
            for ref in refs[first : first + a_second]:
                if name == "sent":
                    await people.send(self.at.sequence, ref)
                self.signals[ref] = name
                self.known[ref] = lifecycle.hinted(self.known.get(ref, Known()))
                going.append(asyncio.create_task(self._go_on(ref), name=f"{name} {ref}"))
        await asyncio.gather(*going)

    async def _go_on(self, ref: DocumentRef) -> None:
        """Perform step after step, as the document's workflow does."""
        while (step := lifecycle.next_step(self.known[ref])) not in (Step.WAIT, Step.SETTLE):
            known = self.known[ref]
            try:
                outcome = await self._steps[step](StepInput(ref=ref, xero=known.xero, signal=self.signals[ref]))
            except RetryLaterError as error:
                await self.at.time.sleep((error.retry_after or _RETRY).total_seconds())
                continue
            self.known[ref] = lifecycle.learned(self.known[ref], outcome, hints_read=known.hints)

    async def _in_xero(self, ref: DocumentRef, action: str) -> None:
        """Do something on Xero's page of a document."""
        link = await self.at.store.document(ref)
        assert link.xero is not None
        path = "Invoices" if ref.kind is Kind.INVOICE else "CreditNotes"
        (await self.at.xero.post(f"/_sandbox/{path}/{link.xero.xero_id}/{action}", json={})).raise_for_status()
        self._spacings.tell(link.xero.xero_id)
