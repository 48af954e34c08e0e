"""An account and its organisation: put together, and what waited for that released."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from xerosync.connection.chart import NO_TAX, Chart
from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.errors import MisconfiguredError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import owing, releases_of
from xerosync.core.temporal import resume_schedule
from xerosync.documents.client import keep_sweeping, sweep_id
from xerosync.faultpoints import FaultPoint, reach
from xerosync.reconcile.client import keep_reconciling, reconcile_id
from xerosync.services import Services


class OtherOrganisationError(MisconfiguredError):
    """The account has documents in another organisation."""


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
    one organisation tells its own; `every` is how often to sweep unless the connection says otherwise.

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
            "connected_at": datetime.now(UTC),
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
            "books are gone, `starter.py push-again` brings the documents here after that."
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
