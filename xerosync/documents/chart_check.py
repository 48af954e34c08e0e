"""Ledger accounts and currencies checked before a document leaves, against the chart kept for its connection.

The check is a courtesy to people, Xero has the last word: a chart that lags never holds what Xero would take. So a
refusal is only uttered from a chart that was read after the document asked, and where none can be read, or one was
just now for another document, Xero itself is asked by sending.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from xerosync.connection.chart import Chart
from xerosync.connection.connection import Connection
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentWithLines
from xerosync.core.errors import HoldError, XerosyncError
from xerosync.documents.chart_rules import CHECKED, chart_refusals, explained
from xerosync.documents.ports import Links, Organisations

KEPT = timedelta(days=1)
"""For how long a chart is believed to be right where it sees nothing wrong."""

LATELY = timedelta(minutes=1)
"""A chart is read again at most so often, however many documents it refuses."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Charts:
    """Checks documents; shared by all activities of a process."""

    organisations: Organisations
    store: Links
    now: Callable[[], datetime] = utc_now
    _known: dict[str, Chart] = field(default_factory=dict[str, Chart], init=False, repr=False)
    _reading: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock], init=False, repr=False)

    async def check(self, connection: Connection, whole: DocumentWithLines) -> None:
        """Check a document that is about to be sent.

        Raises:
            HoldError: `ledger_account_rejected` or `currency_not_enabled` in our words; `disconnected`.
        """
        asked_at = self.now()
        chart = self._remembered(connection, asked_at - KEPT) or await self._newest(connection, asked_at - KEPT)
        if chart is None or next(chart_refusals(chart, whole, connection), None) is None:
            return
        chart = await self._newest(connection, asked_at - LATELY)
        refusal = next(chart_refusals(chart, whole, connection), None) if chart else None
        if chart and refusal and chart.read_at >= asked_at:
            raise refusal

    async def explain(self, refusal: HoldError, connection: Connection, whole: DocumentWithLines) -> HoldError:
        """Return a refusal of Xero's with our words beside its own; what was kept is read again if it is older."""
        if refusal.reason not in CHECKED:
            return refusal
        chart = await self._newest(connection, self.now() - LATELY)
        return explained(refusal, chart, whole, connection) if chart else refusal

    def _remembered(self, connection: Connection, not_before: datetime) -> Chart | None:
        chart = self._known.get(connection.account_id)
        return chart if chart and chart.tenant_id == connection.tenant_id and chart.read_at >= not_before else None

    async def _newest(self, connection: Connection, not_before: datetime) -> Chart | None:
        """Return a chart that was read since; from Xero where none is kept. None: it could not be read."""
        account_id = connection.account_id
        async with self._reading.setdefault(account_id, asyncio.Lock()):
            kept = await self.store.chart(account_id)
            if kept and kept.tenant_id == connection.tenant_id and kept.read_at >= not_before:
                self._known[account_id] = kept
                return kept
            try:
                chart = await self.organisations.chart(connection)
            except HoldError:
                raise
            except XerosyncError as error:
                log.warning("chart of accounts not read", account_id=account_id, error=type(error).__name__)
                return None
            await self.store.save_chart(account_id, chart)
            self._known[account_id] = chart
            return chart
