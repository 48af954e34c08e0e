"""An account and its organisation: put together, and what waited for that released."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from xerosync.connection.chart import NO_TAX, Chart
from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.connection.grant import Grant, GrantKind
from xerosync.core.clock import utc_now
from xerosync.core.errors import MisconfiguredError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import owing, releases_of
from xerosync.core.temporal import resume_schedule
from xerosync.documents.client import keep_sweeping, sweep_id
from xerosync.faultpoints import FaultPoint, reach
from xerosync.operations.sequence_hook import register
from xerosync.reconcile.client import keep_reconciling, reconcile_id
from xerosync.sequence import SequenceRefusedError
from xerosync.services import Services
from xerosync.settings import Settings
from xerosync.xero.errors import ConsentError
from xerosync.xero.oauth.consent import scopes_of
from xerosync.xero.oauth.tenants import Tenant


class OtherOrganisationError(MisconfiguredError):
    """The account has documents in another organisation: so many of them, and linked customers, in `organisation`."""

    def __init__(self, message: str, *, organisation: str, documents: int, customers: int) -> None:
        super().__init__(message)
        self.organisation = organisation
        self.documents = documents
        self.customers = customers


async def known_accounts(services: Services) -> Sequence[str]:
    """Return the accounts that are connected, have a stored key, or are opened by the key of the settings."""
    connected = [each.account_id for each in await services.store.connections()]
    found = {*connected, *await services.accounts.account_ids()}
    with suppress(MisconfiguredError, RetryLaterError):
        found.add(await services.billing.account_id())
    return sorted(found)


async def check_before_connecting(services: Services, account_id: str) -> None:
    """Make sure that the account and the app at Xero are known, before a person is asked for consent.

    Raises:
        MisconfiguredError: a key, secret or id does not fit.
        RetryLaterError: Xero does not answer.
    """
    await services.sequence.check(account_id)
    with suppress(RetryLaterError):  # that Sequence does not answer just now keeps nobody from connecting
        await services.sequence.try_key(account_id)
    await services.xero.identity.check_client()


def offered(tenants: Sequence[Tenant], auth_event_id: str | None) -> Sequence[Tenant]:
    """Return the organisations to choose from: those that this consent was given for, else all that the user gave.

    Raises:
        ConsentError: there is none.
    """
    if not tenants:
        raise ConsentError("Xero lists no organisation that the app may enter: connect again and allow one there.")
    return [each for each in tenants if each.auth_event_id == auth_event_id] or tenants


def custom_grant(account_id: str, settings: Settings) -> Grant:
    """Return the grant of a custom connection: the app's own credentials open its one organisation.

    Raises:
        MisconfiguredError: the app's secret is not set.
    """
    if settings.xero_client_secret is None:
        raise MisconfiguredError("A custom connection needs XEROSYNC_XERO_CLIENT_SECRET: set it to the app's secret.")
    return Grant(
        grant_id=f"custom-{account_id}",
        kind=GrantKind.CUSTOM,
        scopes=scopes_of(settings.xero_scopes, kind=GrantKind.CUSTOM),
    )


class Hooked(NamedTuple):
    """Where Sequence calls us; None with the `problem`, or without one where no public address is set."""

    url: str | None = None
    problem: str | None = None


async def hook_sequence(services: Services, account_id: str, public_url: str | None) -> Hooked:
    """Have Sequence call us, where somebody said how it reaches us. What it refuses ends no connection."""
    if public_url is None:
        return Hooked()
    try:
        return Hooked((await register(services, account_id, public_url)).url)
    except (RetryLaterError, SequenceRefusedError) as error:
        return Hooked(problem=f"{error}")


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection as it was just made, the organisation as it was read, and how many documents went on for it."""

    connection: Connection
    chart: Chart
    released: int


async def establish(
    services: Services,
    account_id: str,
    grant_id: str,
    tenant_id: str | None,
    *,
    every: timedelta,
    move: bool = False,
) -> Connected:
    """Connect an account to an organisation with a grant that is stored, and let go on what waited for that.

    Defaults are kept, except on a move to another organisation. `tenant_id` None is for a custom connection, whose
    one organisation names its own; `every` is how often to sweep unless the connection says otherwise.

    Raises:
        OtherOrganisationError: the account has documents or customers in another organisation, and `move` is not said.
        XerosyncError: Xero does not answer, or does not let us in.
    """
    known = await services.store.connection(account_id)
    reading = _blank(account_id, grant_id, tenant_id or grant_id)
    about = await services.xero.organisations().organisation(reading)
    tenant_id = tenant_id or about.organisation_id
    if known and known.tenant_id != tenant_id and not move:
        await _refuse_to_mix(services, known, about.name)
    chart = await services.xero.organisations().chart(reading.model_copy(update={"tenant_id": tenant_id}))
    kept = known if known and known.tenant_id == tenant_id else reading
    connection = kept.model_copy(
        update={
            "grant_id": grant_id,
            "tenant_id": tenant_id,
            "organisation_name": about.name,
            "short_code": about.short_code,
            "base_currency": about.base_currency,
            "status": ConnectionStatus.CONNECTED,
            "connected_at": utc_now(),
        }
    )
    await services.store.save_chart(account_id, chart)
    # Before the account counts as connected: a sweep that finds it disconnected does nothing, one that stayed paused
    # would never do what is owed.
    await keep_sweeping(services.temporal, account_id, connection.sweep_interval or every)
    await keep_reconciling(services.temporal, account_id)
    for schedule_id in (sweep_id(account_id), reconcile_id(account_id)):
        await resume_schedule(services.temporal, schedule_id, "The account was connected.")
    async with owing(services.store, *releases_of(account_id, HoldReason.DISCONNECTED)):
        await services.store.save_connection(connection)
        reach(FaultPoint.SETTING_STORED)
        if known and known.grant_id != grant_id:
            await services.grants.forget(known.grant_id)
        released = await services.release(account_id, HoldReason.DISCONNECTED)
    return Connected(connection, chart, len(released))


async def _refuse_to_mix(services: Services, before: Connection, name: str) -> None:
    """Two organisations are two sets of books: what is in one is never carried on in the other by accident."""
    account_id = before.account_id
    documents = await services.store.documents_bound(account_id, before.tenant_id)
    customers = len(await services.store.customer_links(account_id))
    if documents or customers:
        raise OtherOrganisationError(
            f"Account {account_id} is connected to {before.organisation_name}, where it has documents ({documents}) "
            f"and linked customers ({customers}). Connect it to {name} with --move if you mean that: those documents "
            "stay where they are and are not kept up there any more, and customers have to be linked again. If those "
            "books are gone, `starter.py push-again` brings the documents here after that.",
            organisation=before.organisation_name,
            documents=documents,
            customers=customers,
        )


def _blank(account_id: str, grant_id: str, tenant_id: str) -> Connection:
    return Connection(
        account_id=account_id,
        grant_id=grant_id,
        tenant_id=tenant_id,
        organisation_name="",
        short_code="",
        base_currency="",
        exempt_tax_type=NO_TAX,
    )
