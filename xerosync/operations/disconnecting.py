"""Ending a connection, here and at Xero. Its documents wait for it to be made again."""

from collections.abc import Sequence
from contextlib import suppress

from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.connection.grant import GrantKind
from xerosync.core.base import Message
from xerosync.core.errors import MissingError
from xerosync.core.temporal import pause_schedule
from xerosync.documents.client import sweep_id
from xerosync.documents.messages import SyncState
from xerosync.operations.sequence_hook import unregister
from xerosync.reconcile.client import reconcile_id
from xerosync.services import Services
from xerosync.xero.errors import DisconnectedError
from xerosync.xero.oauth.tenants import Tenant

_CLOSED = (SyncState.SETTLED, SyncState.VOIDED)


class Disconnected(Message):
    """A connection that was ended. `open_documents` are neither settled nor voided."""

    account_id: str
    organisation: str
    open_documents: int


async def end_connection(services: Services, connection: Connection, public_url: str | None) -> Disconnected:
    """End a connection, here and at Xero, and have Sequence call us no more. Documents wait for it to be made again.

    Raises:
        MisconfiguredError: a key or secret is wrong.
        RetryLaterError: Xero does not answer.
    """
    account_id = connection.account_id
    # What ending needs is read before anything is changed.
    tenants = await _tenants(services, connection)
    # Here first: from now on no worker asks Xero for this account.
    await services.store.mark_connection(account_id, ConnectionStatus.DISCONNECTED)
    for schedule_id in (sweep_id(account_id), reconcile_id(account_id)):
        await pause_schedule(services.temporal, schedule_id, "The account was disconnected.")
    await _end(services, connection, tenants)
    if public_url:
        await unregister(services, account_id, public_url)
    counts = await services.store.counts(account_id)
    return Disconnected(
        account_id=account_id,
        organisation=connection.organisation_name,
        open_documents=sum(count.documents for count in counts if count.state not in _CLOSED),
    )


async def _tenants(services: Services, connection: Connection) -> Sequence[Tenant] | None:
    """Return what the consent lets the app into, as Xero answers with the keys that ending it needs.

    None: there is no consent to end, for the app signs in by itself, or Xero or somebody there was first.
    """
    try:
        grant = await services.grants.read(connection.grant_id)
        if grant.kind is not GrantKind.CONSENT:
            return None
        await services.xero.identity.check_client()
        return await services.xero.tenants.all(connection.grant_id)
    except (DisconnectedError, MissingError):
        return None


async def _end(services: Services, connection: Connection, tenants: Sequence[Tenant] | None) -> None:
    """End the connection at Xero, and the consent with it when nothing else rests on it."""
    grant_id = connection.grant_id
    if tenants is not None:
        with suppress(DisconnectedError, MissingError):  # Xero, or somebody there, was first
            for tenant in tenants:
                if tenant.tenant_id == connection.tenant_id and not await _is_shared(services, connection):
                    await services.xero.tenants.end(grant_id, tenant.id)
            # Xero takes all connections of a user when a consent is revoked: only the last one may do that.
            if {tenant.tenant_id for tenant in tenants} <= {connection.tenant_id}:
                await _revoke(services, grant_id)
    await services.grants.forget(grant_id)


async def _is_shared(services: Services, connection: Connection) -> bool:
    """Whether another account is connected to the same organisation."""
    return any(
        other.tenant_id == connection.tenant_id and other.status is ConnectionStatus.CONNECTED
        for other in await services.store.connections()
    )


async def _revoke(services: Services, grant_id: str) -> None:
    if any(
        other.grant_id == grant_id and other.status is ConnectionStatus.CONNECTED
        for other in await services.store.connections()
    ):
        return
    async with services.grants.lock(grant_id) as locked:
        if locked.grant.refresh_token:
            await services.xero.identity.revoke(locked.grant.refresh_token)
