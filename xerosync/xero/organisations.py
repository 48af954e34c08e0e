"""What a connection keeps of its organisation: its name and base currency, the chart of accounts, the currencies."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from xerosync.connection.chart import Chart, TaxRate
from xerosync.connection.chart import LedgerAccount as ChartAccount
from xerosync.connection.connection import Connection
from xerosync.core.clock import utc_now
from xerosync.xero.calls.caller import Caller
from xerosync.xero.calls.transport import Call
from xerosync.xero.errors import XeroUnavailableError
from xerosync.xero.wire import LedgerAccountReading, Organisation, elements


class XeroOrganisations:
    """Reads organisations. All methods raise RetryLaterError while Xero does not answer, DisconnectedError for good."""

    def __init__(self, caller: Caller, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._caller = caller
        self._clock = clock

    async def chart(self, connection: Connection) -> Chart:
        """Return what defaults are checked against: ledger accounts, tax rates and currencies, in three calls."""
        read_at = self._clock()
        accounts = await self.accounts(connection)
        return Chart(
            tenant_id=connection.tenant_id,
            accounts=_all_kept(accounts),
            tax_rates=tuple(await self.tax_rates(connection)),
            currencies=tuple(await self.currencies(connection)),
            read_at=read_at,
        )

    async def renewed(self, connection: Connection, chart: Chart) -> Chart:
        """Return a chart with the accounts and currencies of now, in two calls; its tax rates are left as they were."""
        read_at = self._clock()
        accounts = await self.accounts(connection)
        return chart.model_copy(
            update={
                "accounts": _all_kept(accounts),
                "currencies": tuple(await self.currencies(connection)),
                "read_at": read_at,
            }
        )

    async def tax_rates(self, connection: Connection) -> list[TaxRate]:
        """Return the tax rates, in per cent, those that are not in use any more included."""
        found = await self._caller.records(connection, "TaxRates")
        try:
            return [_tax_rate(element) for element in found if element.get("TaxType")]
        except ValidationError:
            raise XeroUnavailableError("Xero's answer about the tax rates could not be read.") from None

    async def organisation(self, connection: Connection) -> Organisation:
        """Return the organisation of a connection."""
        found = elements(await self._caller.call(connection, Call("GET", "/Organisation")), "Organisations")
        try:
            return Organisation.model_validate(found[0])
        except (IndexError, ValidationError):
            raise XeroUnavailableError("Xero's answer about the organisation could not be read.") from None

    async def accounts(self, connection: Connection) -> list[LedgerAccountReading]:
        """Return the chart of accounts, archived ones included."""
        found = await self._caller.records(connection, "Accounts")
        try:
            return [LedgerAccountReading.model_validate(element) for element in found]
        except ValidationError:
            raise XeroUnavailableError("Xero's answer about the accounts could not be read.") from None

    async def currencies(self, connection: Connection) -> list[str]:
        """Return the codes of the currencies that the organisation may use, such as GBP."""
        found = await self._caller.records(connection, "Currencies")
        return [str(element["Code"]) for element in found if element.get("Code")]


def _all_kept(accounts: list[LedgerAccountReading]) -> tuple[ChartAccount, ...]:
    # A bank account may have no code, and then nothing can be booked to it by one.
    return tuple(_kept(account) for account in accounts if account.code)


def _kept(account: LedgerAccountReading) -> ChartAccount:
    return ChartAccount(
        code=account.code,
        name=account.name,
        type=account.type,
        status=account.status,
        is_system=bool(account.system_account),
        tax_type=account.tax_type,
    )


def _tax_rate(element: dict[str, Any]) -> TaxRate:
    return TaxRate(
        tax_type=str(element["TaxType"]),
        name=str(element.get("Name") or ""),
        rate=element.get("EffectiveRate", element.get("DisplayTaxRate")),  # pyright: ignore[reportArgumentType] - pydantic checks it
        status=str(element.get("Status") or "ACTIVE"),
        on_sales=element.get("CanApplyToRevenue") is not False,
    )
