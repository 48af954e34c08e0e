"""Connections, their settings and charts, in memory."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from xerosync.connection.chart import Chart
from xerosync.connection.connection import Connection, ConnectionStatus, DefaultSetting
from xerosync.core.errors import MissingError


class MemoryConnections:
    """The part of `MemoryStore` that keeps connections."""

    def __init__(self) -> None:
        super().__init__()
        self._connections: dict[str, Connection] = {}
        self._charts: dict[str, Chart] = {}

    async def connection(self, account_id: str) -> Connection | None:
        """Return an account's connection."""
        return self._connections.get(account_id)

    async def connections(self) -> Sequence[Connection]:
        """Return all connections by account id."""
        return [self._connections[account_id] for account_id in sorted(self._connections)]

    async def save_connection(self, connection: Connection) -> None:
        """Write an account's connection.

        With another organisation than before its sweeps start afresh, and the links of its customers, which name
        that one's contacts, are forgotten.
        """
        account_id = connection.account_id
        before = self._connections.get(account_id)
        if before and before.tenant_id != connection.tenant_id:
            self._cursors = {key: until for key, until in self._cursors.items() if key[0] != account_id}
            self._customers = {key: link for key, link in self._customers.items() if key[0] != account_id}
        self._connections[account_id] = connection

    async def set_defaults(
        self,
        account_id: str,
        *,
        default_ledger_account: str | None = None,
        exempt_tax_type: str | None = None,
        sweep_interval: timedelta | None = None,
        push_new_customers: bool | None = None,
        report_payments: bool | None = None,
        allocate_credit_notes: bool | None = None,
    ) -> Connection:
        """Set what a connection assumes; None leaves it as it is. Raises MissingError without a connection."""
        given = {
            "default_ledger_account": default_ledger_account,
            "exempt_tax_type": exempt_tax_type,
            "sweep_interval": sweep_interval,
            "push_new_customers": push_new_customers,
            "report_payments": report_payments,
            "allocate_credit_notes": allocate_credit_notes,
        }
        return self._update_connection(account_id, {name: value for name, value in given.items() if value is not None})

    async def unset_defaults(self, account_id: str, names: Collection[DefaultSetting]) -> Connection:
        """Take back what was set for a connection. Raises MissingError without a connection."""
        unset: dict[DefaultSetting, tuple[str, object]] = {
            DefaultSetting.LEDGER_ACCOUNT: ("default_ledger_account", None),
            DefaultSetting.EXEMPT_TAX: ("exempt_tax_type", "NONE"),
            DefaultSetting.SWEEP_INTERVAL: ("sweep_interval", None),
        }
        return self._update_connection(account_id, dict(unset[name] for name in names))

    async def mark_connection(self, account_id: str, status: ConnectionStatus) -> Connection:
        """Note whether Xero lets the account in. Raises MissingError without a connection."""
        return self._update_connection(account_id, {"status": status})

    async def mark_disconnected(self, account_id: str, *, since: datetime) -> None:
        """Note that Xero did not let the account in, unless somebody connected it again since (UTC)."""
        connection = self._connections.get(account_id)
        if connection and (connection.connected_at is None or connection.connected_at <= since):
            self._update_connection(account_id, {"status": ConnectionStatus.DISCONNECTED})

    async def chart(self, account_id: str) -> Chart | None:
        """Return what is kept of the account's organisation."""
        return self._charts.get(account_id)

    async def save_chart(self, account_id: str, chart: Chart) -> None:
        """Keep what was read of the account's organisation, in place of what was kept before."""
        self._charts[account_id] = chart

    def _update_connection(self, account_id: str, update: dict[str, object]) -> Connection:
        if account_id not in self._connections:
            raise MissingError(f"The account {account_id} has no connection.")
        self._connections[account_id] = self._connections[account_id].model_copy(update=update)
        return self._connections[account_id]
