"""The edge between both companies: nobody signals, webhooks alone tell."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from pydantic import SecretStr

from tests.integration.office import ADDRESS, Office
from tests.patience import until
from tests.web.edge import Edge, open_edge
from tests.web.signing import SECRET, by_sequence, by_xero, event, of_sequence, of_xero
from xerosync.core.documents import DocumentStatus, Kind
from xerosync.core.temporal import RunState, run_state
from xerosync.customers.client import customer_push_id
from xerosync.documents.messages import SyncState
from xerosync.documents.sequence_cursor import SequenceCursor
from xerosync.operations.sequence_hook import HookState, register, sequence_hook, sequence_url, unregister
from xerosync.web.webhooks.outages import LONGEST_AWAY, noticing_outages, sweep_after_outage


@pytest.fixture
async def edge(office: Office) -> AsyncIterator[Edge]:
    async with open_edge(office) as edge:
        yield edge


@pytest.fixture
async def hooked(office: Office, edge: Edge) -> AsyncIterator[Edge]:
    """The edge, called by Sequence."""
    await register(office.services, office.account_id, edge.url)
    yield edge
    await office.companies.sequence.webhooks.flush()
    await unregister(office.services, office.account_id, edge.url)


@pytest.fixture
async def trusted(office: Office, edge: Edge) -> AsyncIterator[Edge]:
    """The edge, which knows a secret that the test signs with."""
    await office.services.webhook_secrets.add(office.account_id, "test", SecretStr(SECRET))
    yield edge
    await office.services.webhook_secrets.forget(office.account_id, ["test"])


@pytest.mark.usefixtures("hooked")
async def test_what_is_made_in_sequence_is_in_xero_without_a_signal(office: Office) -> None:
    ref = await office.final(await office.customer())
    await office.reach([ref], SyncState.PUSHED)
    await office.act(ref, "send")
    await office.reach([ref], SyncState.SETTLED)
    await office.assert_once([ref], sent=True)


async def test_registering_twice_changes_nothing_and_a_foreign_policy_is_replaced(office: Office, edge: Edge) -> None:
    account_id, services = office.account_id, office.services
    assert (await sequence_hook(services, account_id, edge.url)).state is HookState.MISSING
    first = await register(services, account_id, edge.url)
    assert await register(services, account_id, edge.url) == first
    anew = await register(services, account_id, edge.url, anew=True)
    assert anew.policy_id != first.policy_id
    assert len(await services.notifications.webhooks(account_id)) == 1
    assert len(await services.webhook_secrets.of(account_id)) == 1
    await services.webhook_secrets.forget(account_id, list(await services.webhook_secrets.of(account_id)))
    assert (await sequence_hook(services, account_id, edge.url)).state is HookState.INCOMPLETE
    assert (await register(services, account_id, edge.url)).state is HookState.REGISTERED
    await unregister(services, account_id, edge.url)
    assert (await sequence_hook(services, account_id, edge.url)).state is HookState.MISSING
    assert not await services.webhook_secrets.of(account_id)


async def test_a_policy_that_calls_an_address_that_we_had_before_is_replaced(office: Office, edge: Edge) -> None:
    account_id, services = office.account_id, office.services
    await register(services, account_id, "http://before.example")
    assert (await sequence_hook(services, account_id, edge.url)).state is HookState.INCOMPLETE
    await register(services, account_id, edge.url)
    [policy] = await services.notifications.webhooks(account_id)
    assert policy.recipients == (sequence_url(edge.url, account_id),)
    await unregister(services, account_id, edge.url)
    assert not await services.notifications.webhooks(account_id)


async def test_a_wrong_signature_is_refused_and_changes_nothing(office: Office, trusted: Edge) -> None:
    ref = await office.final(await office.customer())
    body = of_sequence(office.account_id, resource_id=ref.document_id, status="FINAL")
    old = by_sequence(body, at=datetime.now(UTC) - timedelta(days=2))
    for signature in ("", "t=1,s=", by_sequence(body)[:-1], by_sequence(body + b" "), old):
        answer = await trusted.from_sequence(office.account_id, body, **{"Sequence-Signature": signature})
        assert (answer.status_code, answer.content) == (401, b"")
    assert (await trusted.from_sequence("nobody", body)).status_code == 401
    assert not (await office.link(ref)).was_read


async def test_a_new_customer_is_pushed_where_the_setting_says_so_and_nowhere_else(
    office: Office, trusted: Edge
) -> None:
    account_id, services = office.account_id, office.services

    async def tell(customer_id: str) -> None:
        body = of_sequence(account_id, "CUSTOMER_CREATED", customer_id)
        assert (await trusted.from_sequence(account_id, body)).status_code == 200
        await until(is_delivered)

    async def is_delivered() -> bool:
        return not any(each.pending for each in await services.inbox.activity())

    left, pushed = [await in_sequence_alone(office, f"Unknown to Xero {place}") for place in range(2)]
    await tell(left)
    await services.store.set_defaults(account_id, push_new_customers=True)
    try:
        await tell(pushed)
        await until(lambda: is_linked(office, pushed))
    finally:
        await services.store.set_defaults(account_id, push_new_customers=False)
    assert await run_state(services.temporal, customer_push_id(account_id, left)) is RunState.UNKNOWN


async def in_sequence_alone(office: Office, name: str) -> str:
    contacts = [{"name": "Accounts", "email": "accounts@customer.example", "billingPreference": "PRIMARY"}]
    fields = {"legalName": name, "address": ADDRESS, "taxStatus": "TAXED", "contacts": contacts}
    return (await office.sequence("POST", "/api/customers", fields))["id"]


async def is_linked(office: Office, customer_id: str) -> bool:
    return await office.services.store.contact_of(office.account_id, customer_id) is not None


async def test_a_replayed_delivery_is_taken_and_does_nothing(office: Office, trusted: Edge) -> None:
    ref = await office.final(await office.customer())
    body = of_sequence(office.account_id, resource_id=ref.document_id, status="FINAL")
    signature = {"Sequence-Signature": by_sequence(body)}
    answers = [await trusted.from_sequence(office.account_id, body, **signature) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    await office.reach([ref], SyncState.PUSHED)
    [activity] = [each for each in await office.services.inbox.activity() if each.account_id == office.account_id]
    assert activity.pending == 0


async def test_xero_is_answered_200_or_401_without_a_body(edge: Edge) -> None:
    body = of_xero()
    right = await edge.from_xero(body)
    assert (right.status_code, right.content, right.headers.get("set-cookie")) == (200, b"", None)
    for signature in (by_xero(body)[:-1], by_xero(body, "other"), ""):
        wrong = await edge.from_xero(body, **{"x-xero-signature": signature})
        assert (wrong.status_code, wrong.content) == (401, b"")
    unknown = of_xero(event("no tenant of ours", "x", "PREPAYMENT"))
    assert (await edge.from_xero(unknown)).status_code == 200


async def test_marked_as_sent_in_xero_is_told_by_its_webhook(office: Office, edge: Edge) -> None:
    ref = await office.final(await office.customer())
    await office.services.workflows.signal(ref, "finalized")
    await office.reach([ref], SyncState.PUSHED)
    link = await office.link(ref)
    assert link.xero
    for kind in Kind:
        # The next sweep is not the first of the day, which reads everything.
        await office.services.store.move_sweep_cursor(office.account_id, kind, datetime.now(UTC))
    body = of_xero(event(office.people.tenant_id, link.xero.xero_id))
    tenant = {"tenant": office.people.tenant_id}
    sent = await office.people.xero.post(
        f"/_sandbox/Invoices/{link.xero.xero_id}/sent", params=tenant, json={"stamped": False}
    )
    assert sent.is_success
    assert (await edge.from_xero(body)).status_code == 200
    await office.reach([ref], SyncState.SETTLED)
    assert (await office.look(ref))["status"] == DocumentStatus.SENT


async def test_a_database_that_is_down_loses_no_delivery(office: Office, trusted: Edge) -> None:
    ref = await office.final(await office.customer())
    await trusted.from_sequence(office.account_id, of_sequence(office.account_id, status="DRAFT"))
    body = of_sequence(office.account_id, resource_id=ref.document_id, status="FINAL")
    await office.database.cut()
    try:
        # Temporal has its signal before it is acknowledged.
        assert (await trusted.from_sequence(office.account_id, body)).status_code == 200
        assert (await trusted.client.get("/readyz")).status_code == 503
    finally:
        await office.database.mend()
    await office.reach([ref], SyncState.PUSHED)


async def test_health_answers_under_any_name_and_all_else_under_its_own(edge: Edge) -> None:
    foreign = {"Host": "evil.example"}
    assert (await edge.client.get("/healthz", headers=foreign)).status_code == 200
    ready = await edge.client.get("/readyz", headers=foreign)
    assert (ready.status_code, ready.json()) == (200, {"database": "ok", "temporal": "ok"})
    assert (await edge.from_xero(of_xero(), **foreign)).status_code == 421


@pytest.mark.parametrize("path", ["/webhooks/xero", "/webhooks/sequence/acme"])
async def test_a_body_too_long_is_refused(edge: Edge, path: str) -> None:
    answer = await edge.client.post(path, content=b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 413


async def test_a_way_of_asking_that_is_not_offered_is_refused(edge: Edge) -> None:
    assert (await edge.client.get("/webhooks/xero")).status_code == 405
    assert (await edge.client.post("/webhooks/sequence/a/b")).status_code == 404
    assert (await edge.client.post("/webhooks/sequence/..%2fxero")).status_code == 404


async def test_what_sequence_said_while_no_edge_ran_is_found_once_one_does(office: Office) -> None:
    services, account_id = office.services, office.account_id
    now = datetime.now(UTC)
    await services.store.move_sequence_cursor(account_id, SequenceCursor(since=now, at=now))
    await services.inbox.say_alive()
    await sweep_after_outage(services)
    compared = await services.store.sequence_cursor(account_id)
    assert compared
    assert compared.asked_at is None
    untold = await office.final(await office.customer())
    connection = await asyncpg.connect(office.environment["XEROSYNC_DATABASE_URL"])
    await connection.execute("UPDATE edge_alive SET alive_at = now() - interval '3 minutes'")
    await connection.close()
    async with noticing_outages(services):
        await office.reach([untold], SyncState.PUSHED)
    assert await services.inbox.away_since(LONGEST_AWAY) is None
