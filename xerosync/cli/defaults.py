"""`settings`: what connections assume, shown and set. A change releases what waited for it."""

from datetime import timedelta
from typing import Annotated, Any

from cyclopts import Parameter
from pydantic import TypeAdapter

from xerosync.cli.app import Account, Json, WithoutTemporal, WithSettings
from xerosync.cli.json_forms import SettingsData
from xerosync.cli.tables import print_table
from xerosync.cli.terminal import console, print_json
from xerosync.connection.chart import Chart
from xerosync.connection.connection import Connection, DefaultSetting, NotConnectedError
from xerosync.core.temporal import check_answers
from xerosync.operations.defaults import SettingChanges, change_settings, the_connection
from xerosync.settings import Settings

_AS_THEY_ARE = SettingChanges()


async def settings(
    *,
    changes: Annotated[SettingChanges, Parameter(name="*")] = _AS_THEY_ARE,
    unset: Annotated[tuple[DefaultSetting, ...], Parameter(negative="")] = (),
    account: Account = None,
    json: Json = False,
    services: WithoutTemporal,
    settings: WithSettings,
) -> None:
    """Show what the connections to Xero assume, or set it for one.

    Args:
        unset: take back what was set, so that it is as if nobody had set it

    Raises:
        MisconfiguredError: a value does not fit, and then nothing is set; says what would.
    """
    if changes.are_none and not unset:
        connections = await services.store.connections()
        shown = [each for each in connections if account in (None, each.account_id)]
        if account and not shown:
            raise NotConnectedError(
                f"Account {account} is not connected: `starter.py connect --account {account}` does that."
            )
    else:
        connection = await the_connection(services, account)
        await check_answers(services.temporal)
        changed = await change_settings(
            services, connection, changes, usual_interval=settings.sweep_interval, unset=unset
        )
        shown = [changed.connection]
    charts = {each.account_id: await services.store.chart(each.account_id) for each in shown}
    if json:
        print_json([as_data(each, charts[each.account_id]) for each in shown])
        return
    for each in shown:
        _show(each, charts[each.account_id], settings)
    if not shown:
        console.print("No account is connected yet: `starter.py connect` does that.")


def as_data(connection: Connection, chart: Chart | None) -> SettingsData:
    """Return a connection as `--json` shows it: no grant, no token."""
    return SettingsData(
        **connection.model_dump(exclude={"grant_id"}),
        currencies=chart.currencies if chart else None,
        read_at=chart.read_at if chart else None,
    )


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
            ("sweep every", f"{_as_typed(every)}{'' if connection.sweep_interval else ' (from the settings)'}"),
            ("push new customers", "yes" if connection.push_new_customers else "no"),
            ("report payments", "yes" if connection.report_payments else "no"),
            ("allocate credit notes", "yes" if connection.allocate_credit_notes else "no"),
            ("base currency", connection.base_currency),
            ("currencies", ", ".join(chart.currencies) if chart else None),
            ("chart of accounts", f"read {_minute(chart.read_at)}" if chart else "not read"),
        ],
    )


def _as_typed(every: timedelta) -> str:
    """Return a duration as `--sweep-interval` takes it, such as PT15M."""
    return TypeAdapter(timedelta).dump_python(every, mode="json")


def _minute(instant: Any) -> str | None:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else None
