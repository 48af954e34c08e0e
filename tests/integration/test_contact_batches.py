"""Contacts share calls: how many calls many customers take, and that none of them delays the others."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from standins.xero import create_xero
from tests.doubles.memory import MemoryStore
from tests.doubles.memory_imports import MemoryImports
from tests.workflows.customer_world import MemoryCustomers
from tests.xero_support import Bench, bench, customer, soon
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import HoldError, RetryLaterError
from xerosync.customers.customer_to_contact import ContactFields
from xerosync.customers.links import CustomerLinking
from xerosync.customers.messages import PushHold, PushOutcome, PushResult, PushStep
from xerosync.customers.pushing import CustomerPush
from xerosync.documents.intent import CALL_TIMEOUT
from xerosync.documents.messages import Release


class NoDocuments:
    """The workflows of documents, where none waits for a customer."""

    async def signal(
        self, ref: DocumentRef, name: str, payload: Release | None = None, *, number: str | None = None
    ) -> None:
        del number
        raise AssertionError(f"{ref} waited for no link, but is signalled {name} {payload}")


@dataclass
class Pushes:
    """The pushes of one account, tried again as Temporal does, but by a clock that waits for nobody."""

    at: Bench
    customers: MemoryCustomers = field(default_factory=MemoryCustomers)
    store: MemoryStore = field(default_factory=MemoryStore)
    attempts: int = 0

    def __post_init__(self) -> None:
        self.imports = MemoryImports(self.store)
        self.pushing = CustomerPush(
            CustomerLinking(self.customers, self.at.gateway.contacts(), self.store, NoDocuments()),
            self.imports,
            CALL_TIMEOUT,
            now=lambda: datetime.now(UTC) + self.attempts * timedelta(minutes=2),
        )

    async def push(self, *ids: str) -> list[PushResult]:
        await self.store.save_connection(self.at.connection)
        results: dict[str, PushResult] = {}
        while len(results) < len(ids) and self.attempts < 20:
            left = [customer_id for customer_id in ids if customer_id not in results]
            results_now = await asyncio.gather(*(_unless_later(self._once(customer_id)) for customer_id in left))
            results |= {key: result for key, result in zip(left, results_now, strict=True) if result}
            self.attempts += 1
        return [results[customer_id] for customer_id in ids]

    async def _once(self, customer_id: str) -> PushResult:
        step = PushStep(account_id=self.at.connection.account_id, customer_id=customer_id, asked=True)
        return await self.pushing.push(step, self.attempts)


async def _unless_later(push: Awaitable[PushResult]) -> PushResult | None:
    try:
        return await push
    except RetryLaterError:
        return None


@dataclass
class RefusesCalls:
    """Refuses, as a whole, every write that mentions a word."""

    app: ASGIApp
    word: bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT":
            return await self.app(scope, receive, send)
        body = await Request(scope, receive).body()
        if self.word in body:
            refusal = {"Type": "PostDataInvalidException", "Message": "The data could not be read."}
            return await JSONResponse(refusal, 400)(scope, receive, send)

        async def again() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        return await self.app(scope, again, send)


def many(pushes: Pushes, count: int) -> list[str]:
    """Give Sequence so many customers, with ids and names of the usual length."""
    ids = [str(UUID(int=number + 1)) for number in range(count)]
    for number, customer_id in enumerate(ids):
        pushes.customers.put(customer(customer_id, f"Customer & Sons of Street {number:03} Ltd"))
    return ids


def calls(at: Bench) -> Counter[str]:
    return Counter(entry.method for entry in at.journal.entries(None, "/api.xro/2.0/"))


async def test_two_hundred_customers_pushed_at_once_take_thirty_calls():
    async with bench() as at:
        pushes = Pushes(at)
        ids = many(pushes, 200)
        results = await pushes.push(*ids)
        assert {result.outcome for result in results} == {PushOutcome.CREATED}
        made = {contact.contact_number: contact.id for contact in at.organisation.contacts.ordered}
        assert [made[customer_id] for customer_id in ids] == [result.contact_id for result in results]
        assert len(at.organisation.contacts) == 201
        sent = calls(at)
        assert sent["PUT"] <= 6
        assert sent.total() <= 30
        assert pushes.attempts == 1


async def test_many_customers_that_are_in_xero_already_are_read_and_changed_together():
    async with bench() as at:
        pushes = Pushes(at)
        ids = many(pushes, 60)
        await pushes.push(*ids)
        for customer_id in ids:
            kept = pushes.customers.kept[customer_id]
            pushes.customers.put(kept.model_copy(update={"legal_name": f"{kept.legal_name} & Co"}))
        at.journal.clear()
        assert {result.outcome for result in await pushes.push(*ids)} == {PushOutcome.UPDATED}
        assert calls(at)["POST"] <= 3
        assert calls(at)["GET"] <= 4


async def test_a_customer_that_breaks_the_call_fails_alone():
    app = create_xero(seed=1)
    app.add_middleware(RefusesCalls, word=b"poison")
    async with bench(app) as at:
        pushes = Pushes(at)
        ids = many(pushes, 30)
        pushes.customers.put(customer(ids[7], "poison Ltd"))
        results = await pushes.push(*ids)
        assert (results[7].outcome, results[7].hold) == (PushOutcome.HELD, PushHold.REJECTED)
        kept = await pushes.imports.push_hold(at.connection.account_id, ids[7])
        assert kept
        assert kept.words.startswith('Xero says "The data could not be read.". ')
        others = results[:7] + results[8:]
        assert {result.outcome for result in others} <= {PushOutcome.CREATED, PushOutcome.ADOPTED}
        assert len(at.organisation.contacts) == 1 + 29


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "partial", "malformed", "server_error"])
async def test_a_call_for_many_that_breaks_leaves_one_contact_each(fault: str):
    async with bench() as at:
        pushes = Pushes(at)
        ids = many(pushes, 20)
        at.faults.add(fault, method="PUT", times=2)
        results = await pushes.push(*ids)
        assert {result.outcome for result in results} <= {PushOutcome.CREATED, PushOutcome.ADOPTED}
        numbers = Counter(contact.contact_number for contact in at.organisation.contacts.ordered)
        assert [numbers[customer_id] for customer_id in ids] == [1] * 20


async def test_of_two_customers_with_one_name_pushed_together_one_is_held():
    async with bench() as at:
        pushes = Pushes(at)
        for customer_id in ("k1", "k2"):
            pushes.customers.put(customer(customer_id, "Twin Ltd"))
        created, held = sorted(await pushes.push("k1", "k2"), key=lambda result: result.outcome)
        assert (created.outcome, held.hold) == (PushOutcome.CREATED, PushHold.NAME_TAKEN)
        assert held.proposal == created.contact_id


@pytest.fixture
def names() -> list[str]:
    return ['The "Best" Ltd', "Back\\slash Ltd", "Müller & Söhne ÄÖÜ", "A,B; C OR D", "Łódź 100% + x", "İstanbul AŞ"]


async def test_look_ups_for_many_find_what_those_for_one_find(names: list[str]):
    async with bench() as at:
        contacts, ours = at.gateway.contacts(), at.connection
        numbers = ["k,1", 'k"2', "k\\3", "k 4", "k&5", str(UUID(int=6))]
        made = [
            await contacts.create(ours, customer(number, name), send_before=soon())
            for number, name in zip(numbers, names, strict=True)
        ]
        for searched in (
            [contacts.find_by_name(ours, name.upper()) for name in names[:-1]],
            [contacts.find_by_number(ours, number) for number in numbers],
            [contacts.get(ours, contact.contact_id) for contact in made],
        ):
            assert await asyncio.gather(*searched) == made[: len(searched)]
        missing = [contacts.find_by_name(ours, "None"), contacts.find_by_name(ours, "No one")]
        assert await asyncio.gather(*missing) == [None, None]


async def test_changes_of_contacts_that_come_together_are_refused_one_by_one():
    async with bench() as at:
        contacts, ours = at.gateway.contacts(), at.connection
        made = [await contacts.create(ours, customer(f"k{n}", f"Name {n}"), send_before=soon()) for n in range(3)]
        at.journal.clear()
        ids = [*(contact.contact_id for contact in made), at.contact_id]
        names = ["A", "Name 1", "B", "NAME 1"]
        changes = (contacts.update(ours, each, ContactFields(name=name)) for each, name in zip(ids, names, strict=True))
        *renamed, refusal = await asyncio.gather(*changes, return_exceptions=True)
        assert [getattr(each, "name", each) for each in renamed] == names[:3]
        assert isinstance(refusal, HoldError)
        assert "already assigned" in refusal.words
        assert at.calls("POST") <= 2
