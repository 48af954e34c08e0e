"""The tie between a Sequence account and a Xero organisation, with its defaults."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from xerosync.core.base import Message
from xerosync.core.errors import MisconfiguredError


class NotConnectedError(MisconfiguredError):
    """The account has no connection, or Xero does not accept it any more."""


def disconnected(account_id: str) -> NotConnectedError:
    """Return the error of an account that Xero does not let in any more."""
    return NotConnectedError(
        f"Account {account_id} is disconnected: `starter.py connect --account {account_id}` connects it again."
    )


class DefaultSetting(StrEnum):
    """What a person can take back, so that it is as if nobody had set it."""

    LEDGER_ACCOUNT = "ledger-account"
    EXEMPT_TAX = "exempt-tax"
    SWEEP_INTERVAL = "sweep-interval"


class ConnectionStatus(StrEnum):
    """Whether Xero accepts our calls for the account."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


class Connection(Message):
    """One account's connection. Tokens are not part of it: the adapters fetch them by `grant_id`.

    `connected_at` (UTC) is when somebody last connected it. A `sweep_interval` of None is that of the settings. With
    `report_payments` invoices stay open until they are paid in Xero, and Sequence gets to know how far they are paid.
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


def choose_connection(connections: Sequence[Connection], account_id: str | None) -> Connection:
    """Return the connection of an account; without an account, the only one that is connected.

    Where none is connected, the only connection there is.

    Raises:
        NotConnectedError: the account has no connection, or there is none at all.
        MisconfiguredError: several accounts come into question and none was named.
    """
    if account_id is not None:
        chosen = [each for each in connections if each.account_id == account_id]
    else:
        chosen = [each for each in connections if each.status is ConnectionStatus.CONNECTED] or list(connections)
    if not chosen:
        which = f"Account {account_id} is not connected" if account_id else "No account is connected yet"
        option = f" --account {account_id}" if account_id else ""
        raise NotConnectedError(f"{which}: `starter.py connect{option}` does that.")
    if len(chosen) > 1:
        are = "connected" if chosen[0].status is ConnectionStatus.CONNECTED else "disconnected"
        names = ", ".join(each.account_id for each in chosen)
        raise MisconfiguredError(f"Several accounts are {are}: name one with --account: {names}.")
    return chosen[0]
