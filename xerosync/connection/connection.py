"""The tie between a Sequence account and a Xero organisation, with its defaults."""

from datetime import datetime, timedelta
from enum import StrEnum

from xerosync.core.base import Message


class ConnectionStatus(StrEnum):
    """Whether Xero lets us in."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


class Connection(Message):
    """One account's connection. Tokens are not part of it: the adapters fetch them by `grant_id`.

    `connected_at` (UTC) is when somebody last connected it. A `sweep_interval` of None is that of the settings. With
    `report_payments` Sequence is told how far its invoices are paid in Xero, and they stay open until they are.
    With `allocate_credit_notes` a credit note is set against the invoice that it credits.
    """

    account_id: str
    grant_id: str
    tenant_id: str
    organisation_name: str
    short_code: str
    base_currency: str
    default_ledger_account: str | None = None
    exempt_tax_type: str = "NONE"
    status: ConnectionStatus = ConnectionStatus.CONNECTED
    connected_at: datetime | None = None
    sweep_interval: timedelta | None = None
    push_new_customers: bool = False
    report_payments: bool = True
    allocate_credit_notes: bool = False
