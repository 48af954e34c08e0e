"""Probes of holds whose cause may go away in Xero by itself: made while there are such holds, once an hour.

    lacks a currency or an account ──▶ the chart is read, two calls ──▶ what is new there releases what waited for it
    the plan is used up ──▶ one document goes ahead ──▶ it went through: the others follow

Two probes are an hour apart, also across workers. A currency that was added and an account that was opened, or got
another tax rate, show in the chart of accounts. How many documents a plan allows shows nowhere: there one document goes
ahead of the others.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from pydantic import AwareDatetime

from xerosync.connection.chart import Chart
from xerosync.connection.connection import Connection
from xerosync.core.base import Message
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import HoldError, XerosyncError
from xerosync.core.gathering import some_at_once
from xerosync.core.holds import HoldReason
from xerosync.documents.client import release
from xerosync.documents.link import DocumentLink
from xerosync.documents.ports import Links, Organisations, Workflows
from xerosync.faultpoints import FaultPoint, reach

BY_ACCOUNTS = (HoldReason.LEDGER_ACCOUNT_REJECTED, HoldReason.TAX_REJECTED)

BY_CURRENCIES = (HoldReason.CURRENCY_NOT_ENABLED,)

BY_PLAN = (HoldReason.PLAN_LIMIT,)

PROBED = (*BY_ACCOUNTS, *BY_CURRENCIES, *BY_PLAN)


class HoldProbe(Message):
    """What an organisation offered at the last probe (`at`, UTC), and the document that was sent ahead, if any was.

    `accounts` are the codes of the accounts that lines can be booked to, each with its tax rate.
    """

    at: AwareDatetime
    accounts: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    sent_ahead: DocumentRef | None = None

    def showing(self, chart: Chart) -> "HoldProbe":
        """Return the probe with what a chart offers."""
        accounts = frozenset(f"{each.code} {each.tax_type}" for each in chart.accounts if each.is_bookable)
        return self.model_copy(update={"accounts": accounts, "currencies": frozenset(chart.currencies)})

    def new_accounts(self, before: "HoldProbe") -> Set[str]:
        """Return the accounts that can be used now, or with another tax rate, and could not before."""
        return self.accounts - before.accounts

    def new_currencies(self, before: "HoldProbe") -> Set[str]:
        """Return the currencies that were added since."""
        return self.currencies - before.currencies


INTERVAL = timedelta(hours=1)
"""Between two probes of an organisation."""

_READS_AT_ONCE = 20


_Held = Mapping[HoldReason, Sequence[DocumentRef]]


log = structlog.get_logger()


class HoldProbeStore(Protocol):
    """Where the last probe of each account is kept. Raises RetryLaterError while the database is down."""

    async def last(self, account_id: str) -> HoldProbe | None:
        """Return the last probe of an account's holds."""
        ...

    async def save(self, account_id: str, probe: HoldProbe) -> None:
        """Keep a probe, in place of the one before."""
        ...

    async def forget(self, account_id: str) -> None:
        """Forget the last probe: nothing is held any more that one could release."""
        ...


@dataclass(frozen=True)
class HoldProbes:
    """Finds out whether what holds documents is gone in Xero, and releases those that can go."""

    organisations: Organisations
    store: HoldProbeStore
    links: Links
    workflows: Workflows
    now: Callable[[], datetime] = utc_now

    async def probe(self, connection: Connection) -> None:
        """Probe once, if it is time. That Xero does not answer is no matter: there is another probe in an hour.

        Raises:
            HoldError: the organisation does not let us in.
            RetryLaterError: the store does not answer.
        """
        account_id = connection.account_id
        held = {reason: await self.links.held_by(account_id, reason) for reason in PROBED}
        last = await self.store.last(account_id)
        if not any(held.values()):
            if last:
                await self.store.forget(account_id)
            return
        if last and last.sent_ahead and await self._went_through(last.sent_ahead):
            await release(self.workflows, held[HoldReason.PLAN_LIMIT], HoldReason.PLAN_LIMIT)
            last = last.model_copy(update={"sent_ahead": None})
            await self.store.save(account_id, last)
        chart = await self.links.chart(account_id)
        if chart is None or chart.tenant_id != connection.tenant_id:
            return  # nothing was ever checked against a chart, so there is nothing to compare with
        if last is None or self.now() - last.at >= INTERVAL:
            await self._probe(connection, last, chart, held)
        elif chart.read_at > last.at:  # somebody else read it: that costs nothing
            await self._compare(account_id, chart, last, held)

    async def _probe(self, connection: Connection, last: HoldProbe | None, chart: Chart, held: _Held) -> None:
        account_id = connection.account_id
        waiting = held[HoldReason.PLAN_LIMIT]
        by_chart = any(held[reason] for reason in (*BY_ACCOUNTS, *BY_CURRENCIES))
        # Both at once would be three calls: the hours alternate.
        goes_ahead = bool(waiting) and not (by_chart and self.now().hour % 2)
        # Nobody knows what was there when the first of them was held: at the first probe all of the chart is new.
        before = last or HoldProbe(at=self.now())
        sent_ahead = waiting[0] if goes_ahead else before.sent_ahead
        probe = before.model_copy(update={"at": self.now(), "sent_ahead": sent_ahead})
        if goes_ahead:
            # Before it is kept: whoever dies in between releases it again.
            await release(self.workflows, waiting[:1], HoldReason.PLAN_LIMIT)
            reach(FaultPoint.PROBE_RELEASED)
        # Kept before Xero is asked, so that no failure makes probes follow each other faster.
        await self.store.save(account_id, probe)
        if not goes_ahead and by_chart and (renewed := await self._renewed(connection, chart)):
            await self.links.save_chart(account_id, renewed)
            await self._compare(account_id, renewed, probe, held)

    async def _renewed(self, connection: Connection, chart: Chart) -> Chart | None:
        try:
            return await self.organisations.renewed(connection, chart)
        except XerosyncError as error:
            if isinstance(error, HoldError) and error.reason is HoldReason.DISCONNECTED:
                raise
            log.warning("chart of accounts not read", account_id=connection.account_id, error=type(error).__name__)
            return None

    async def _compare(self, account_id: str, chart: Chart, before: HoldProbe, held: _Held) -> None:
        """Release what waited for what is new. Kept is that afterwards: whoever dies in between releases again."""
        now = before.showing(chart)
        accounts, currencies = now.new_accounts(before), now.new_currencies(before)
        if accounts:
            for reason in BY_ACCOUNTS:
                await release(self.workflows, held[reason], reason)
        for reason in BY_CURRENCIES if currencies else ():
            links = await self._links(held[reason])
            await release(self.workflows, [link.ref for link in links if link.currency in currencies], reason)
        if accounts or currencies:
            log.info("holds released by xero", accounts=sorted(accounts), currencies=sorted(currencies))
        if now != before:
            await self.store.save(account_id, now)

    async def _links(self, refs: Sequence[DocumentRef]) -> list[DocumentLink]:
        return await some_at_once(self.links.document, refs, _READS_AT_ONCE)

    async def _went_through(self, ref: DocumentRef) -> bool:
        return (await self.links.document(ref)).xero is not None
