"""Lost answers, broken batches, limits: nothing is doubled, nothing is lost, nobody is blocked."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from standins.xero import Limits, create_xero
from tests.doubles.allowance import MemoryBudget
from tests.patience import PATIENCE
from tests.unit.budget_conformance import SteppedClock
from tests.xero_support import Bench, bench, connection, document, line, memory_grants, soon
from xerosync.core.documents import DocumentWithLines, Kind
from xerosync.core.errors import HoldError, RetryLaterError, XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Limits as OurLimits
from xerosync.core.xero_records import XeroDocument
from xerosync.xero import Lane
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.transport import Call, Transport
from xerosync.xero.errors import (
    BatchFailedError,
    BudgetSpentError,
    DisconnectedError,
    NotSentError,
    XeroRateLimitedError,
    XeroUnavailableError,
    XeroUnreachableError,
)
from xerosync.xero.oauth.tokens import Tokens

PUT_INVOICES = {"method": "PUT", "path": "/api.xro/2.0/Invoices"}


@pytest.fixture
async def at() -> AsyncGenerator[Bench]:
    async with bench() as opened:
        yield opened


async def create(at: Bench, whole: DocumentWithLines, *, send_before: datetime | None = None) -> XeroDocument:
    return await at.gateway.books().create(at.connection, whole, at.contact_id, send_before=send_before or soon())


async def create_all(at: Bench, numbers: list[str]) -> list[XeroDocument | BaseException]:
    return await asyncio.gather(*(create(at, document(number)) for number in numbers), return_exceptions=True)


async def push(at: Bench, whole: DocumentWithLines, *, attempted: bool = False) -> XeroDocument:
    """Push as the activity does: after an attempt whose end is not known, look up and adopt, else create again."""
    books, kind, number = at.gateway.books(), whole.document.kind, whole.document.number or ""
    for _ in range(50):
        try:
            found = await books.find(at.connection, kind, number) if attempted else None
            if found:
                assert books.is_ours(found, whole.document, at.contact_id)
                return found
            return await create(at, whole)
        except RetryLaterError as error:
            attempted = attempted or error.ambiguous
    raise AssertionError(f"{number} never went through")


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_create_whose_answer_was_lost_is_found_and_ours(at: Bench, kind: Kind):
    at.faults.add("drop_after", method="PUT", times=1)
    whole = document("N-1", kind=kind)
    with pytest.raises(XeroUnavailableError) as lost:
        await create(at, whole)
    assert lost.value.ambiguous
    found = await at.gateway.books().find(at.connection, kind, "N-1")
    assert found is not None
    assert at.gateway.books().is_ours(found, whole.document, at.contact_id)


@pytest.mark.parametrize(
    "fault", ["drop_before", "drop_after", "malformed", "truncated", "server_error", "maintenance", "not_found"]
)
async def test_what_breaks_a_single_create_is_ambiguous_and_leaves_one_document(at: Bench, fault: str):
    at.faults.add(fault, **PUT_INVOICES, times=1)
    with pytest.raises(RetryLaterError) as lost:
        await create(at, document())
    assert lost.value.ambiguous
    at.faults.clear()
    await push(at, document(), attempted=True)
    assert len(at.organisation.invoices) == 1


@pytest.mark.parametrize("kept", [0, 1, 7])
async def test_a_batch_broken_off_in_the_middle_doubles_and_loses_nothing(at: Bench, kept: int):
    numbers = [f"N-{number}" for number in range(20)]
    at.faults.add("partial", **PUT_INVOICES, times=1, k=kept)
    results = await create_all(at, numbers)
    assert all(isinstance(result, XeroUnavailableError) and result.ambiguous for result in results)
    assert len(at.organisation.invoices) == kept
    await asyncio.gather(*(push(at, document(number), attempted=True) for number in numbers))
    assert len(at.organisation.invoices) == 20


async def test_a_batch_may_be_refused_in_part(at: Bench):
    wrong = document("N-1", line(external_ids=({"key": "Xero", "value": "999"},)))
    good, bad, other = await asyncio.gather(
        create(at, document("N-0")), create(at, wrong), create(at, document("N-2")), return_exceptions=True
    )
    assert isinstance(good, XeroDocument)
    assert isinstance(other, XeroDocument)
    assert (good.number, other.number) == ("N-0", "N-2")
    assert isinstance(bad, HoldError)
    assert bad.reason is HoldReason.LEDGER_ACCOUNT_REJECTED
    assert at.calls("PUT") == 1


async def test_a_poisonous_document_ends_alone_and_its_neighbours_are_through(at: Bench):
    at.organisation.settings.batch_limit = 1
    numbers = [f"N-{number}" for number in range(12)]
    results = await create_all(at, numbers)
    assert all(isinstance(result, BatchFailedError) and result.ambiguous for result in results)
    await asyncio.gather(*(push(at, document(number), attempted=True) for number in numbers))
    assert len(at.organisation.invoices) == 12


async def test_a_rate_limit_did_nothing_and_holds_back_all_that_follow(at: Bench):
    at.faults.add("rate_day", method="PUT", times=1)
    with pytest.raises(XeroRateLimitedError) as limited:
        await create(at, document())
    assert not limited.value.ambiguous
    assert limited.value.retry_after == timedelta(hours=9)
    with pytest.raises(BudgetSpentError) as spent:
        await at.gateway.books().find(at.connection, Kind.INVOICE, "INV-1")
    assert spent.value.retry_after is not None
    assert spent.value.retry_after > timedelta(hours=8)
    assert at.calls() == 1


async def test_a_disconnected_organisation_is_a_hold(at: Bench):
    at.xero.identity.disconnect(at.connection.tenant_id)
    with pytest.raises(DisconnectedError) as held:
        await create(at, document())
    assert held.value.reason is HoldReason.DISCONNECTED


async def test_an_attempt_too_late_is_not_sent(at: Bench):
    with pytest.raises(NotSentError) as late:
        await create(at, document(), send_before=datetime.now(UTC) - timedelta(milliseconds=1))
    assert not late.value.ambiguous
    assert late.value.retry_after == timedelta(seconds=1)
    assert at.calls() == 0


async def test_a_cause_that_was_mended_is_not_refused_again_from_xeros_memory(at: Bench):
    whole = document(currency="EUR")
    with pytest.raises(HoldError) as held:
        await create(at, whole)
    assert held.value.reason is HoldReason.CURRENCY_NOT_ENABLED
    await at.in_xero("currencies", currencies=["GBP", "EUR"])
    assert (await create(at, whole)).currency == "EUR"


async def test_one_attempt_carries_one_key_and_another_attempt_another(at: Bench):
    at.faults.add("server_error", **PUT_INVOICES, times=2)
    first, later = soon(), soon() + timedelta(seconds=5)
    for attempt in (first, later, first):
        await asyncio.gather(create(at, document(), send_before=attempt), return_exceptions=True)
    keys = [entry.headers["idempotency-key"] for entry in at.journal.entries("PUT")]
    assert keys[0] == keys[2] != keys[1]
    assert all(len(key) <= 128 for key in keys)


async def test_an_hour_of_faults_leaves_every_document_once(at: Bench):
    for fault in ("drop_before", "drop_after", "malformed", "truncated", "server_error", "not_found"):
        at.faults.add(fault, path="/api.xro/2.0/", probability=0.06)
    at.faults.add("partial", **PUT_INVOICES, probability=0.1, k=3)
    wholes = [document(f"N-{number}", kind=kind) for number in range(60) for kind in Kind]

    await asyncio.gather(*(push(at, whole) for whole in wholes))
    for register in (at.organisation.invoices, at.organisation.credit_notes):
        assert sorted(it.number for it in register) == sorted(f"N-{number}" for number in range(60))


async def test_within_xeros_own_limits_none_is_ever_overstepped():
    app = create_xero(limits=Limits.real(), seed=1)
    async with bench(app) as at:
        numbers = [f"N-{number}" for number in range(200)]
        await create_all(at, numbers)
        books = at.gateway.books()
        await asyncio.gather(*(books.find(at.connection, kind, number) for number in numbers for kind in Kind))
        await asyncio.gather(
            *(books.get(at.connection, Kind.INVOICE, it.id) for it in list(at.organisation.invoices)[:20])
        )
        assert at.journal.count(status=429) == 0
        assert at.calls() <= 40


async def test_live_work_goes_while_bulk_work_has_used_its_share():
    budget = MemoryBudget(OurLimits(), clock=SteppedClock())
    async with bench(budget=budget) as at:
        bulk = at.gateway.books(Lane.BULK)
        created = await create(at, document())
        for _ in range(48):
            await bulk.get(at.connection, Kind.INVOICE, created.xero_id)
        with pytest.raises(BudgetSpentError):
            await bulk.get(at.connection, Kind.INVOICE, created.xero_id)
        await create(at, document("INV-2"))


def transport(http: httpx.AsyncClient, url: str, timeout: timedelta = timedelta(seconds=30)) -> Transport:
    tokens = Tokens(memory_grants(), http, identity_url=url, client_id="c", client_secret=SecretStr("s"))
    return Transport(http, tokens, api_url=url, timeout=timeout)


async def exchange(over: Transport, at: Bench | None = None) -> Answer:
    return await over.exchange(at.connection if at else connection(), Call("GET", "/Organisation"))


async def test_a_slow_answer_is_given_up_in_time_and_ambiguous(at: Bench):
    await exchange(transport(at.http, at.url), at)  # the connection is there
    at.faults.add("slow", seconds=2)
    with pytest.raises(XeroUnavailableError) as slow:
        await exchange(transport(at.http, at.url, timedelta(milliseconds=500)), at)
    assert slow.value.ambiguous


async def test_where_nothing_listens_nothing_was_sent():
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        with pytest.raises(XeroUnreachableError) as unreachable:
            await exchange(transport(http, "http://127.0.0.1:9"))
    assert not unreachable.value.ambiguous


async def test_no_error_carries_a_token_or_the_request(at: Bench):
    for fault in ("drop_after", "server_error", "malformed", "forbidden", "rate_minute"):
        at.faults.clear()
        at.faults.add(fault)
        (error,) = await asyncio.gather(create(at, document()), return_exceptions=True)
        assert isinstance(error, XerosyncError)
        chain: BaseException | None = error
        while chain is not None:
            assert not isinstance(chain, httpx.HTTPError)
            assert "token" not in repr(vars(chain)) + str(chain)
            chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
