"""The overview of an account: is all well? Alarms first, then what waits for a person, then what goes on."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from xerosync.core.clock import utc_now
from xerosync.core.errors import XerosyncError
from xerosync.core.hints import Provider
from xerosync.core.holds import HoldReason
from xerosync.core.people import Role
from xerosync.core.temporal import NO_ANSWER, TemporalUnavailableError
from xerosync.documents.client import sweep_runs
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import Selection
from xerosync.documents.sweep_spacing import spacing_words
from xerosync.operations.next_steps import Act, steps_for
from xerosync.postgres import Count
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.web.access import needs
from xerosync.web.console.alarms import Webhooks, alarms_of
from xerosync.web.console.amounts import amount_lines
from xerosync.web.console.next_steps import PageStep, steps_for_all
from xerosync.web.pages import render

_DAYS = 14
_PATIENCE_SECONDS = 2
_LOW_CALLS = 500
_EXAMPLES = 3
"""Documents that are named under each reason of a hold."""

_MEANINGS = {
    SyncState.PENDING: "not in Xero yet: on its way there, or not finalized",
    SyncState.PUSHED: "in Xero, dated 3000 until it is sent",
    SyncState.SENT: "sent, and dated so in Xero; something is awaited, such as its payment",
    SyncState.SETTLED: "done: nothing is awaited any more",
    SyncState.HELD: "waits for a person, who is told why",
    SyncState.VOIDED: "voided: Xero does not count it",
}


class HeldDocuments(NamedTuple):
    """A reason for which documents are held: how many, about what amounts, what can be done for all, and the first."""

    reason: HoldReason
    number: int
    amounts: Sequence[str]
    steps: Sequence[PageStep]
    links: Sequence[DocumentLink]

    @property
    def can_retry(self) -> bool:
        """Whether it makes sense to try all of them again."""
        return any(step.act in (Act.RETRY, Act.RETRY_ALL_HELD) for step in steps_for(self.links[0]))


class Bar(NamedTuple):
    """A day of the chart: how many documents changed last on it, by state, and the parts' places in per cent."""

    day: date
    counts: Mapping[SyncState, int]
    parts: Sequence[tuple[SyncState, float, float]]


def routes(services: Services, settings: Settings) -> Sequence[BaseRoute]:
    """Return the route of the overview."""
    return [Route("/accounts/{account}", OverviewPage(services, settings).show)]


class OverviewPage:
    """Shows how an account stands."""

    def __init__(self, services: Services, settings: Settings) -> None:
        self._services = services
        self._settings = settings

    @needs(Role.VIEWER)
    async def show(self, request: Request) -> Response:
        """Show alarms, holds, the last days, calls left, and the last sweep and reconcile."""
        account_id, now = request.path_params["account"], utc_now()
        store = self._services.store
        connection = await store.connection(account_id)
        counts = await self._services.document_lists.counts(account_id)
        last_sweep, sweep_words, sweep_id = await self._last_sweep(account_id)
        webhooks = await self._webhooks(account_id)
        calls_left = await self._services.budget.day_left(connection.tenant_id) if connection else None
        found = await self._services.reconciles.last(account_id)
        reconciled = found[1] if found else None
        today = now.date()
        first = today - timedelta(days=_DAYS - 1)
        days = await self._services.document_lists.by_day(
            account_id, datetime(first.year, first.month, first.day, tzinfo=now.tzinfo)
        )
        return render(
            request,
            "overview.html",
            connection=connection,
            alarms=alarms_of(
                account_id,
                connection,
                sent_but_3000=sum(count.alarms for count in counts),
                reconciled=reconciled,
                last_sweep=last_sweep,
                webhooks=webhooks,
                now=now,
            ),
            holds=await self._holds(account_id, counts),
            held_in_all=sum(number for _, number in _held(counts)),
            may_act=request.state.person.may(Role.OPERATOR),
            is_admin=request.state.person.may(Role.ADMIN),
            states=_states(counts),
            meanings=_MEANINGS,
            ignored=sum(count.documents for count in counts if count.ignored),
            bars=_bars(days, first),
            highest=max((sum(states.values()) for states in days.values()), default=0),
            calls_left=calls_left,
            calls_are_low=calls_left is not None and calls_left < _LOW_CALLS,
            last_sweep=last_sweep,
            sweep_words=sweep_words,
            sweep_id=sweep_id,
            spacing_words=spacing_words((await self._services.spacings.get(account_id)).spacing),
            webhooks=webhooks,
            reconciled=reconciled,
        )

    async def _holds(self, account_id: str, counts: Sequence[Count]) -> Sequence[HeldDocuments]:
        """Return the reasons for which documents are held, that of the most documents first."""
        found: list[HeldDocuments] = []
        held = _held(counts)
        amounts = await self._services.document_lists.held_amounts(account_id) if held else {}
        for reason, number in held:
            links = await self._services.document_lists.page(account_id, Selection(hold=reason), limit=_EXAMPLES)
            if links:
                lines = amount_lines(amounts.get(reason, ()))
                found.append(HeldDocuments(reason, number, lines, steps_for_all(links[0]), links))
        return found

    async def _last_sweep(self, account_id: str) -> tuple[datetime | None, str, str]:
        """Return when the last sweep began (UTC), where that is not known, why, and where it is, its workflow's id."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                runs = await sweep_runs(self._services.temporal, account_id)
                described = await runs[-1].describe() if runs else None
        except (TimeoutError, TemporalUnavailableError, *NO_ANSWER):
            return None, "Temporal does not answer", ""
        except XerosyncError:
            return None, "never: the account has no sweep yet", ""
        return (described.start_time, "", described.id) if described else (None, "none yet", "")

    async def _webhooks(self, account_id: str) -> Webhooks:
        set_up: list[Provider] = []
        if await self._services.webhook_secrets.of(account_id):
            set_up.append(Provider.SEQUENCE)
        if self._settings.xero_webhook_keys:
            set_up.append(Provider.XERO)
        return Webhooks(await self._services.inbox.last_of(account_id), set_up, self._settings.keep_deliveries)


def _held(counts: Sequence[Count]) -> Sequence[tuple[HoldReason, int]]:
    """Return the reasons for which documents are held with how many they are, the most first."""
    held: Counter[HoldReason] = Counter()
    for count in counts:
        if count.hold and not count.ignored:
            held[count.hold] += count.documents
    return held.most_common()


def _states(counts: Sequence[Count]) -> Mapping[SyncState, int]:
    return {
        state: sum(count.documents for count in counts if count.state is state and not count.ignored)
        for state in SyncState
    }


def _bars(days: Mapping[date, Mapping[SyncState, int]], first: date) -> Sequence[Bar]:
    """Return a bar a day; the highest fills the chart."""
    highest = max((sum(counts.values()) for counts in days.values()), default=0)
    bars: list[Bar] = []
    for place in range(_DAYS):
        day = first + timedelta(days=place)
        counts = days.get(day, {})
        parts: list[tuple[SyncState, float, float]] = []
        top = 100.0
        for state in SyncState:
            if count := counts.get(state):
                height = 100 * count / highest
                top -= height
                parts.append((state, top, height))
        bars.append(Bar(day, counts, parts))
    return bars
