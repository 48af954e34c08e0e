"""One more account and organisation in an office, connected, so that a test has both to itself."""

import contextlib
import secrets
from collections.abc import AsyncGenerator
from dataclasses import replace

import httpx
from pydantic import SecretStr

from tests.integration.office import Office
from xerosync.commands.connecting import People, connect_stand_ins
from xerosync.store import AccountCredentials


@contextlib.asynccontextmanager
async def open_branch(office: Office) -> AsyncGenerator[Office]:
    """Open it: empty on both sides, swept and reconciled by nobody but the test."""
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
        httpx.AsyncClient(base_url=office.companies.sequence_url, auth=(key, secret)) as sequence,
        httpx.AsyncClient(base_url=office.companies.xero_url) as xero,
    ):
        sequence.headers["sequence-version"] = "2024-07-30"
        token = grant.raise_for_status().json()["access_token"]
        xero.headers.update(
            {"authorization": f"Bearer {token}", "xero-tenant-id": tenant_id, "accept": "application/json"}
        )
        credentials = AccountCredentials(account_id=account_id, client_id=key, client_secret=SecretStr(secret))
        await office.services.accounts.save(credentials)
        people = People(account_id, tenant_id, sequence, xero)
        await connect_stand_ins(office.services, people)
        await office.services.store.set_defaults(account_id, report_payments=False)
        yield replace(office, people=people, linked={})
