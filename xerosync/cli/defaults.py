"""`settings`: what connections assume, shown and set. A change releases what waited for it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cyclopts import Parameter
from pydantic import TypeAdapter, ValidationError

from xerosync.cli.app import Account, Json, WithServices, WithSettings
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, print_json
from xerosync.connection.chart import Chart
from xerosync.connection.connection import Connection, ConnectionStatus, NotConnectedError, choose_connection
from xerosync.core.errors import MisconfiguredError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import owing, releases_of
from xerosync.documents.client import keep_sweeping
from xerosync.faultpoints import FaultPoint, reach
from xerosync.services import Services
from xerosync.settings import A_SWEEP_INTERVAL, Settings, SweepInterval

_DURATION: TypeAdapter[timedelta] = TypeAdapter(SweepInterval)
_WAITED_FOR_AN_ACCOUNT = (HoldReason.LEDGER_ACCOUNT_MISSING, HoldReason.LEDGER_ACCOUNT_REJECTED)


@Parameter(name="*")
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
        return self == _AS_THEY_ARE


_AS_THEY_ARE = SettingChanges()


async def settings(
    *,
    changes: SettingChanges = _AS_THEY_ARE,
    account: Account = None,
    json: Json = False,
    services: WithServices,
    settings: WithSettings,
) -> None:
    """Show what the connections to Xero assume, or set it for one.

    Raises:
        MisconfiguredError: a value does not fit, and then nothing is set; says what would.
    """
    if changes.are_none:
        connections = await services.store.connections()
        shown = [each for each in connections if account in (None, each.account_id)]
        if account and not shown:
            raise NotConnectedError(f"Account {account} is not connected: `starter.py connect` does that.")
    else:
        connection = await the_connection(services, account)
        shown = [await _change(services, settings, connection, changes)]
    charts = {each.account_id: await services.store.chart(each.account_id) for each in shown}
    if json:
        print_json([as_data(each, charts[each.account_id]) for each in shown])
        return
    for each in shown:
        _show(each, charts[each.account_id], settings)
    if not shown:
        console.print("No account is connected yet: `starter.py connect` does that.")


async def the_connection(services: Services, account_id: str | None) -> Connection:
    """Return the connection of an account, or the only one. Raises MisconfiguredError like `choose_connection`."""
    return choose_connection(await services.store.connections(), account_id)


async def connected(services: Services, account_id: str | None) -> Connection:
    """Return the connection of an account that Xero lets in, as far as is known. Raises MisconfiguredError."""
    connection = await the_connection(services, account_id)
    if connection.status is ConnectionStatus.DISCONNECTED:
        raise NotConnectedError(
            f"Account {connection.account_id} is disconnected: `starter.py connect` connects it again."
        )
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


async def _change(
    services: Services, settings: Settings, connection: Connection, changes: SettingChanges
) -> Connection:
    account_id = connection.account_id
    every = _duration(changes.sweep_interval) if changes.sweep_interval is not None else None
    if changes.ledger_account is not None or changes.exempt_tax is not None:
        await _check(services, account_id, changes)
    waiting = [
        *(_WAITED_FOR_AN_ACCOUNT if changes.ledger_account is not None else ()),
        *((HoldReason.TAX_REJECTED,) if changes.exempt_tax is not None else ()),
        *((HoldReason.CUSTOMER_UNLINKED,) if changes.push_new_customers else ()),
    ]
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
        for reason in waiting:
            await services.release(account_id, reason)
    if every is not None:
        await keep_sweeping(services.temporal, account_id, changed.sweep_interval or settings.sweep_interval)
    return changed


async def _check(services: Services, account_id: str, changes: SettingChanges) -> None:
    """Check what is to be set against the chart as it is in Xero now: what is kept of it may be long out of date."""
    chart = await services.xero.organisations().chart(await connected(services, account_id))
    await services.store.save_chart(account_id, chart)
    if changes.ledger_account is not None:
        chart.check_ledger_account(changes.ledger_account)
    if changes.exempt_tax is not None:
        chart.check_exempt_tax(changes.exempt_tax)


def _duration(text: str) -> timedelta:
    try:
        return _DURATION.validate_python(text)
    except ValidationError:
        raise MisconfiguredError(f"--sweep-interval must be {A_SWEEP_INTERVAL}, not {text!r}.") from None


def as_data(connection: Connection, chart: Chart | None) -> dict[str, Any]:
    """Return a connection as `--json` shows it: no grant, no token."""
    return {
        **connection.model_dump(mode="json", exclude={"grant_id"}),
        "currencies": list(chart.currencies) if chart else None,
        "read_at": chart.read_at if chart else None,
    }


def _show(connection: Connection, chart: Chart | None, settings: Settings) -> None:
    code = connection.default_ledger_account
    account = chart.account(code) if chart and code else None
    every = connection.sweep_interval or settings.sweep_interval
    print_table(
        f"{connection.organisation_name}",
        ("setting", "value"),
        [
            ("account of Sequence", connection.account_id),
            ("status", connection.status),
            ("connected", _minute(connection.connected_at)),
            ("default ledger account", f"{code} {account.name}" if account else code or "none"),
            ("tax of exempt customers", connection.exempt_tax_type),
            ("sweep every", f"{every}{'' if connection.sweep_interval else ' (from the settings)'}"),
            ("push new customers", "yes" if connection.push_new_customers else "no"),
            ("report payments", "yes" if connection.report_payments else "no"),
            ("allocate credit notes", "yes" if connection.allocate_credit_notes else "no"),
            ("base currency", connection.base_currency),
            ("currencies", ", ".join(chart.currencies) if chart else None),
            ("chart of accounts", f"read {_minute(chart.read_at)}" if chart else "not read"),
        ],
    )


def _minute(instant: Any) -> str | None:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else None
