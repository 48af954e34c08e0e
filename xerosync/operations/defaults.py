"""What connections assume: read, checked and set. A change releases the documents that waited for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from pydantic import TypeAdapter, ValidationError

from xerosync.connection.chart import Chart
from xerosync.connection.connection import Connection, ConnectionStatus, DefaultSetting, choose_connection, disconnected
from xerosync.core.errors import MisconfiguredError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import owing, releases_of
from xerosync.documents.client import keep_sweeping
from xerosync.faultpoints import FaultPoint, reach
from xerosync.services import Services
from xerosync.settings import A_SWEEP_INTERVAL, SweepInterval

_DURATION: TypeAdapter[timedelta] = TypeAdapter(SweepInterval)
_WAITED_FOR_AN_ACCOUNT = (HoldReason.LEDGER_ACCOUNT_MISSING, HoldReason.LEDGER_ACCOUNT_REJECTED)


@dataclass(frozen=True)
class SettingChanges:
    """What is to be set; None leaves it as it is."""

    ledger_account: str | None = None
    """code of the account for lines that have none of their own"""

    exempt_tax: str | None = None
    """tax type on lines of customers who pay no tax, such as NONE"""

    sweep_interval: str | None = None
    """how often Xero is asked what changed, as an ISO 8601 duration such as PT15M"""

    push_new_customers: bool | None = None
    """whether new customers of Sequence are created in Xero by themselves"""

    report_payments: bool | None = None
    """whether it is reported to Sequence how far its invoices are paid in Xero; they then stay open until they are"""

    allocate_credit_notes: bool | None = None
    """whether a credit note is set against the invoice that it credits, in Xero too"""

    @property
    def are_none(self) -> bool:
        """Whether nothing is to be set."""
        return self == SettingChanges()


async def the_connection(services: Services, account_id: str | None) -> Connection:
    """Return the connection of an account, or the only one. Raises MisconfiguredError like `choose_connection`."""
    return choose_connection(await services.store.connections(), account_id)


async def connected(services: Services, account_id: str | None) -> Connection:
    """Return the connection of an account that Xero lets in, as far as is known. Raises MisconfiguredError."""
    connection = await the_connection(services, account_id)
    if connection.status is ConnectionStatus.DISCONNECTED:
        raise disconnected(connection.account_id)
    return connection


async def set_ledger_account(services: Services, account_id: str, code: str, chart: Chart) -> Connection:
    """Set the default ledger account, by a chart that was just read, and release what waited for one.

    Raises:
        UnusableDefaultError: sales can't be booked to it; says what to.
    """
    chart.check_ledger_account(code)
    async with owing(services.store, *releases_of(account_id, *_WAITED_FOR_AN_ACCOUNT)):
        changed = await services.store.set_defaults(account_id, default_ledger_account=code)
        reach(FaultPoint.SETTING_STORED)
        for reason in _WAITED_FOR_AN_ACCOUNT:
            await services.release(account_id, reason)
    return changed


async def waiting_for_ledger_account(services: Services, account_id: str) -> int:
    """Count the documents that a default ledger account would release."""
    return sum([len(await services.store.held_by(account_id, reason)) for reason in _WAITED_FOR_AN_ACCOUNT])


@dataclass(frozen=True, slots=True)
class Changed:
    """A connection after a change of what it assumes, and how many documents went on for it."""

    connection: Connection
    released: int


async def change_settings(
    services: Services,
    connection: Connection,
    changes: SettingChanges,
    *,
    usual_interval: timedelta,
    unset: Collection[DefaultSetting] = (),
) -> Changed:
    """Set what a connection assumes, and release what waited for it; `usual_interval` is that of the settings.

    What is in `unset` is as if nobody had ever set it.

    Raises:
        MisconfiguredError: a value does not fit, and then nothing is set; says what would.
        RetryLaterError: Xero, Temporal or the store does not answer.
    """
    account_id = connection.account_id
    every = _duration(changes.sweep_interval) if changes.sweep_interval is not None else None
    if changes.ledger_account is not None or changes.exempt_tax is not None:
        await _check(services, account_id, changes)
    waiting = [
        *(_WAITED_FOR_AN_ACCOUNT if changes.ledger_account is not None else ()),
        *((HoldReason.TAX_REJECTED,) if changes.exempt_tax is not None else ()),
        *((HoldReason.CUSTOMER_UNLINKED,) if changes.push_new_customers else ()),
    ]
    given = {
        DefaultSetting.LEDGER_ACCOUNT: changes.ledger_account,
        DefaultSetting.EXEMPT_TAX: changes.exempt_tax,
        DefaultSetting.SWEEP_INTERVAL: changes.sweep_interval,
    }
    if both := [name for name in unset if given[name] is not None]:
        raise MisconfiguredError(f"Set or unset {', '.join(both)}: not both.")
    if unset:
        await services.store.unset_defaults(account_id, unset)
    async with owing(services.store, *releases_of(account_id, *waiting)):
        changed = await services.store.set_defaults(
            account_id,
            default_ledger_account=changes.ledger_account,
            exempt_tax_type=changes.exempt_tax,
            sweep_interval=every,
            push_new_customers=changes.push_new_customers,
            report_payments=changes.report_payments,
            allocate_credit_notes=changes.allocate_credit_notes,
        )
        reach(FaultPoint.SETTING_STORED)
        released = [len(await services.release(account_id, reason)) for reason in waiting]
    if every is not None or DefaultSetting.SWEEP_INTERVAL in unset:
        await keep_sweeping(services.temporal, account_id, changed.sweep_interval or usual_interval)
    return Changed(changed, sum(released))


async def read_chart(services: Services, account_id: str) -> Chart:
    """Read the chart of accounts, the tax rates and the currencies from Xero, keep them, and return them.

    Raises:
        NotConnectedError: Xero does not let the account in.
        RetryLaterError: Xero does not answer.
    """
    chart = await services.xero.organisations().chart(await connected(services, account_id))
    await services.store.save_chart(account_id, chart)
    return chart


async def _check(services: Services, account_id: str, changes: SettingChanges) -> None:
    """Check what is to be set against the chart as it is in Xero now: what is kept of it may be long out of date."""
    chart = await read_chart(services, account_id)
    if changes.ledger_account is not None:
        chart.check_ledger_account(changes.ledger_account)
    if changes.exempt_tax is not None:
        chart.check_exempt_tax(changes.exempt_tax)


def _duration(text: str) -> timedelta:
    try:
        return _DURATION.validate_python(text)
    except ValidationError:
        raise MisconfiguredError(f"The sweep interval must be {A_SWEEP_INTERVAL}, not {text!r}.") from None
