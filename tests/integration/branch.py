"""One more account and organisation in an office, connected, so that a test has both to itself."""

import contextlib
import secrets
from collections.abc import AsyncGenerator, Generator
from dataclasses import replace

import asyncpg
import httpx
from pydantic import SecretStr
from temporalio.service import RPCError, RPCStatusCode

from demo.connect_standins import People, connect_stand_ins
from tests.integration.office import Office
from tests.patience import PATIENCE
from xerosync.connection.sequence_key import SequenceKey
from xerosync.documents.client import sweep_id
from xerosync.reconcile.client import reconcile_id
from xerosync.services import Services


@contextlib.asynccontextmanager
async def open_branch(office: Office) -> AsyncGenerator[Office]:
    """Open it: empty on both sides, swept and reconciled by nobody but the test.

    Afterwards it is gone: other tests of the run find the office's account to be the only one.
    """
    name, key, secret = f"Branch {secrets.token_hex(4)}", secrets.token_hex(8), secrets.token_hex(8)
    account = await office.people.sequence.post(
        "/_sandbox/accounts", json={"name": name, "clientId": key, "clientSecret": secret}
    )
    account_id = account.raise_for_status().json()["id"]
    organisation = await office.people.xero.post("/_sandbox/organisations", json={"name": name})
    tenant_id = organisation.raise_for_status().json()["tenant_id"]
    grant = await office.people.xero.post(
        "/_sandbox/identity/grants", json={"tenant_ids": [tenant_id]}, params={"tenant": tenant_id}
    )
    async with (
        httpx.AsyncClient(base_url=office.companies.sequence_url, auth=(key, secret), timeout=PATIENCE) as sequence,
        httpx.AsyncClient(base_url=office.companies.xero_url, timeout=PATIENCE) as xero,
    ):
        sequence.headers["sequence-version"] = "2024-07-30"
        token = grant.raise_for_status().json()["access_token"]
        xero.headers.update(
            {"authorization": f"Bearer {token}", "xero-tenant-id": tenant_id, "accept": "application/json"}
        )
        await office.services.accounts.save(account_id, SequenceKey(key, SecretStr(secret)))
        people = People(account_id, tenant_id, sequence, xero)
        try:
            await connect_stand_ins(office.services, people)
            await office.services.store.set_defaults(account_id, report_payments=False)
            yield replace(office, people=people, linked={})
        finally:
            await _end_in_temporal(office.services, account_id)
            await _delete_from_database(office, account_id)


async def _end_in_temporal(services: Services, account_id: str) -> None:
    """Delete an account's schedules and terminate its workflows."""
    for schedule_id in (sweep_id(account_id), reconcile_id(account_id)):
        with _unless_gone():
            await services.temporal.get_schedule_handle(schedule_id).delete()
    async for workflow in services.temporal.list_workflows("ExecutionStatus = 'Running'"):
        if account_id in workflow.id:
            with _unless_gone():
                await services.temporal.get_workflow_handle(workflow.id).terminate("The branch was closed.")


@contextlib.contextmanager
def _unless_gone() -> Generator[None]:
    try:
        yield
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


async def _delete_from_database(office: Office, account_id: str) -> None:
    """Delete an account from every table that names accounts."""
    database = await asyncpg.connect(office.environment["XEROSYNC_DATABASE_URL"])
    try:
        tables = await database.fetch(
            "SELECT table_name FROM information_schema.columns "
            "WHERE column_name = 'account_id' AND table_schema = current_schema()"
        )
        for (table,) in tables:
            await database.execute(f'DELETE FROM "{table}" WHERE account_id = $1', account_id)
    finally:
        await database.close()
