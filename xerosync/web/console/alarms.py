"""What must not stay as it is, for the top of the overview. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.hints import Provider
from xerosync.reconcile.messages import ReconcileResult

_LONGEST_BETWEEN_SWEEPS = timedelta(hours=7)
"""While webhooks of both sides arrive, sweeps are up to six hours apart."""
_SILENT = timedelta(days=3)


class Alarm(NamedTuple):
    """What must not stay so: in words, and where a person goes to end it."""

    words: str
    url: str | None = None
    link: str = ""


class Webhooks(NamedTuple):
    """When each company last called us for an account (UTC), and which are set up to do so.

    What came is kept for the span `kept`.
    """

    last_at: Mapping[Provider, datetime | None]
    set_up: Collection[Provider]
    kept: timedelta


def alarms_of(
    account_id: str,
    connection: Connection | None,
    *,
    sent_but_3000: int,
    reconciled: ReconcileResult | None,
    last_sweep: datetime | None,
    webhooks: Webhooks,
    now: datetime,
) -> Sequence[Alarm]:
    """Return what must not stay so, the worst first. Instants are UTC."""
    account, alarms = quote(account_id, safe=""), list[Alarm]()
    if sent_but_3000:
        words = (
            "1 document was sent, but is" if sent_but_3000 == 1 else f"{sent_but_3000:,} documents were sent, but are"
        )
        alarms.append(Alarm(f"{words} dated 3000 in Xero.", f"/accounts/{account}/documents?alarm=yes", "Show"))
    if reconciled and reconciled.tally.alarms > sent_but_3000:
        number = reconciled.tally.alarms
        documents = "1 document that was" if number == 1 else f"{number:,} documents that were"
        words = f"The last reconcile found {documents} sent, but dated 3000 in Xero."
        alarms.append(Alarm(f"{words} Reconcile again once that is mended.", f"/accounts/{account}/reconcile", "Show"))
    if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
        alarms.append(
            Alarm("The account is not connected to Xero: nothing goes there.", f"/connect/{account}", "Connect")
        )
    elif last_sweep and now - last_sweep > _LONGEST_BETWEEN_SWEEPS:
        alarms.append(Alarm(f"The last sweep began {_span(now - last_sweep)} ago: does a worker run?"))
    for provider in Provider:
        if silence := _silence(provider, webhooks, connection, now):
            words = f"{provider.value.capitalize()} has not called for {_span(silence)}: its webhook may have stopped."
            alarms.append(
                Alarm(
                    f"{words} Sweeps find what changed all the same.",
                    f"/accounts/{account}/settings#webhooks",
                    "Webhooks",
                )
            )
    return alarms


def _silence(provider: Provider, webhooks: Webhooks, connection: Connection | None, now: datetime) -> timedelta | None:
    """Return for how long at least a company has not called that should have."""
    since = webhooks.last_at.get(provider)
    if since is None and provider in webhooks.set_up and connection and connection.connected_at:
        since = max(connection.connected_at, now - webhooks.kept)
    silence = now - since if since else timedelta()
    return silence if silence >= min(_SILENT, webhooks.kept) else None


def _span(span: timedelta) -> str:
    return f"{span.days} days" if span >= _SILENT else f"{span // timedelta(hours=1)} hours"
